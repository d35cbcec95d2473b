"""What the program says without being asked: banners over the canvas that get out of the way by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from widgets.icons import icon, pixmap
from widgets.theme import LIGHT, Theme

MOST_BANNERS = 4
MOST_REMEMBERED = 200
READING_MS = 3500
PER_LETTER_MS = 55
"""How long a remark stays: a base, and the time it takes to read its letters slowly."""
WIDEST_PX = 620
MARGIN_PX = 14


@dataclass(frozen=True, slots=True)
class Message:
    """Something that was said."""

    text: str
    is_warning: bool
    at: str

    def __str__(self) -> str:
        """Return it as a line of a list, a warning marked as such."""
        return f"{self.at}  {'! ' if self.is_warning else '  '}{self.text}"


class Banner(QFrame):
    """One message with a button to close it. A remark closes itself; a warning stays until it was read."""

    def __init__(self, message: Message, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setProperty("warning", message.is_warning)
        self.message = message
        sign = QLabel()
        name, colour = ("warning", theme.warning) if message.is_warning else ("info", theme.accent)
        sign.setPixmap(pixmap(name, colour, 18, self.devicePixelRatioF()))
        self.label = QLabel(message.text)
        # Before the wrapping, which notes in the policy that the height depends on the width.
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.close_button = QToolButton()
        self.close_button.setIcon(icon("close", theme, "muted"))
        self.close_button.setToolTip("Close this message. Help, Messages… keeps it.")
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 6, 8)
        row.setSpacing(10)
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.label, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.timer = QTimer(self, singleShot=True, interval=READING_MS + PER_LETTER_MS * len(message.text))
        if not message.is_warning:
            self.timer.start()


class Messages(QWidget):
    """A pile of banners at the bottom of `over`. GUI thread only. Takes no room and lets clicks beside it pass."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._theme: Theme = LIGHT
        self.history: list[Message] = []
        self.banners: list[Banner] = []
        self._pile = QVBoxLayout(self)
        self._pile.setContentsMargins(0, 0, 0, 0)
        self._pile.setSpacing(6)
        over.installEventFilter(self)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Draw what comes in other colours."""
        self._theme = theme

    @Slot(str)
    def say(self, text: str) -> None:
        """Show a passing remark."""
        self._show(Message(text, False, _now()))

    @Slot(str)
    def warn(self, text: str) -> None:
        """Show something that has to be read."""
        self._show(Message(text, True, _now()))

    def clear(self) -> None:
        """Take all banners away; what was said stays in the history."""
        for banner in list(self.banners):
            self._drop(banner)

    def _show(self, message: Message) -> None:
        self.history = [*self.history[-MOST_REMEMBERED + 1 :], message]
        for banner in [banner for banner in self.banners if banner.message.text == message.text]:
            self._drop(banner)  # the same again replaces itself
        while len(self.banners) >= MOST_BANNERS:
            self._drop(next((banner for banner in self.banners if not banner.message.is_warning), self.banners[0]))
        banner = Banner(message, self._theme, self)
        banner.close_button.clicked.connect(lambda: self._drop(banner))
        banner.timer.timeout.connect(lambda: self._on_time_up(banner))
        self.banners.append(banner)
        self._pile.addWidget(banner)
        self._place()

    def _on_time_up(self, banner: Banner) -> None:
        """Let a remark go, later if the pointer rests on it."""
        if banner.underMouse():
            banner.timer.start(READING_MS)
        else:
            self._drop(banner)

    def _drop(self, banner: Banner) -> None:
        if banner in self.banners:
            banner.timer.stop()
            self.banners.remove(banner)
            self._pile.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
            self._place()

    def _place(self) -> None:
        """Lie at the bottom of the widget below, as wide as can be read."""
        room = self._over.rect()
        width = max(120, min(WIDEST_PX, room.width() - 2 * MARGIN_PX))
        spacing = self._pile.spacing() * max(0, len(self.banners) - 1)
        height = spacing + sum(banner.heightForWidth(width) for banner in self.banners)
        self.setGeometry((room.width() - width) // 2, room.height() - height - MARGIN_PX, width, height)
        self.setVisible(bool(self.banners))
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the widget below."""
        if event.type() is QEvent.Type.Resize and self.banners:
            self._place()
        return False


def _now() -> str:
    return datetime.now().strftime("%H:%M:%S")
