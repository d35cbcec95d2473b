import pytest

from tests.app.media.clips import make
from tests.app.media.recipes import RECIPES


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Return a function that gives the file of a recipe, made once."""
    folder, files = tmp_path_factory.mktemp("clips"), {}

    def file_of(name):
        if name not in files:
            recipe = RECIPES[name]
            files[name] = make(folder / (name.replace(" ", "_") + recipe.suffix), recipe)
        return files[name]

    return file_of


@pytest.fixture
def as_if_long(monkeypatch):
    """Have every clip treated like one too long to be decoded when it is opened."""
    monkeypatch.setattr("app.media.survey.WHOLE_CHECK_PIXELS", 0)
    monkeypatch.setattr("app.media.survey.START_CHECK_PIXELS", 0)


@pytest.fixture
def mode(request):
    """Decode a clip whole when it is opened ("short"), or only its beginning ("long")."""
    if request.param == "long":
        request.getfixturevalue("as_if_long")
    return request.param
