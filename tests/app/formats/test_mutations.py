"""No mutated file crashes a reader, hangs it or makes it write: it is read, or refused in one sentence."""

import pytest

from app.formats.registry import FORMATS
from tests.app.formats.mutations import attack

N_FILES = 60


@pytest.mark.parametrize("name", [row.name for row in FORMATS.values() if row.can_read])
def test_a_mutated_file_is_read_or_refused_in_one_sentence(name):
    assert 0 < attack(name, N_FILES) < N_FILES
