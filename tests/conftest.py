"""Every test runs without a screen, in a home of its own, and leaves no thread behind."""

import gc
import os
import sys
import threading

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from hypothesis import settings

# The same examples every time: what passes here passes there. To look for new faults: --hypothesis-profile=search
settings.register_profile("same", derandomize=True)
settings.register_profile("search", max_examples=1000)
settings.load_profile("same")


def _seed_torch():
    if "torch" in sys.modules:  # where it is not loaded yet, it starts from the same seed by itself
        sys.modules["torch"].manual_seed(0)


@pytest.fixture(autouse=True, scope="module")
def same_random_numbers_in_shared_fixtures():
    """Random weights are the same whichever tests ran before on this worker."""
    _seed_torch()


@pytest.fixture(autouse=True)
def same_random_numbers():
    """The same for each test."""
    _seed_torch()


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    """Point settings, caches and unsaved projects at a folder of this test."""
    home = tmp_path_factory.mktemp("home")
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(home / variable.lower()))
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture(autouse=True, scope="module")
def what_is_imported_is_no_garbage():
    """The collection after each test looks only at what this file's tests made: else it takes most of their time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_thread_left_behind(request):
    """Fail a test that leaves one of our threads running, and say which."""
    before = set(threading.enumerate())
    yield
    gc.collect()
    ours = ("lane ", "frames", "project ")
    left = [t for t in threading.enumerate() if t not in before and t.is_alive() and t.name.startswith(ours)]
    assert not left, f"threads left running: {[thread.name for thread in left]}"
