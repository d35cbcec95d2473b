"""Messages: remarks go by themselves, warnings stay, nothing is forgotten, and clicks beside them pass."""

import pytest
from PySide6.QtWidgets import QWidget

from widgets.dialogs.message_log import MessageLog
from widgets.panels.messages import MOST_BANNERS, Messages


@pytest.fixture
def ground(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def messages(ground):
    return Messages(ground)


def texts(messages):
    return [banner.message.text for banner in messages.banners]


def test_a_remark_goes_by_itself_and_a_warning_stays(messages):
    messages.say("A remark.")
    messages.warn("A warning.")
    remark, warning = messages.banners
    assert remark.timer.isActive() and not warning.timer.isActive()
    remark.timer.timeout.emit()
    assert texts(messages) == ["A warning."]
    warning.close_button.click()
    assert texts(messages) == [] and messages.isHidden()


def test_the_same_again_replaces_itself_and_the_pile_has_an_end(messages):
    messages.warn("Stays.")
    for number in range(10):
        messages.say("Again.")
        messages.say(f"Remark {number}.")
    assert len(messages.banners) == MOST_BANNERS
    assert texts(messages).count("Again.") == 1
    assert "Stays." in texts(messages)


def test_everything_said_can_be_read_again(messages, qtbot):
    for number in range(300):
        messages.say(f"Remark {number}.")
    messages.warn("Careful.")
    messages.clear()
    log = MessageLog([str(each) for each in messages.history])
    qtbot.addWidget(log)
    text = log.text.toPlainText()
    assert "Remark 299." in text and "! Careful." in text and len(text.splitlines()) == 200


def test_a_banner_is_as_high_as_its_words_whatever_the_style(messages):
    messages.say("Short.")
    messages.warn("A long warning that has to be broken into lines. " * 8)
    short, long = (banner.heightForWidth(messages.width()) for banner in messages.banners)
    assert 0 < short < long and messages.height() > short + long


def test_banners_lie_at_the_bottom_inside_the_window_whatever_its_size(messages, ground):
    messages.say("A long remark that has to be broken into lines. " * 4)
    for width, height in ((700, 400), (260, 300), (1600, 900)):
        ground.resize(width, height)
        assert ground.rect().contains(messages.geometry())
        assert messages.geometry().bottom() > height - 30
