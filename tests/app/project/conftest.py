import pytest

from app.project.project import Project
from tests.app.project.material import CLIP


@pytest.fixture
def project(tmp_path):
    with Project.create(tmp_path / "a.throughline", CLIP) as made:
        yield made
