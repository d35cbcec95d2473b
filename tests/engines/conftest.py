import sys
from contextlib import contextmanager

import pytest

TINY_BYTES = 4096


@pytest.fixture
def tiny_disk():
    """Return a context in which no file can grow beyond 4 kB, as on a full disk."""
    if sys.platform == "win32":
        pytest.skip("Windows sets no limit to the size of files")
    import resource

    @contextmanager
    def limited():
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (TINY_BYTES, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited
