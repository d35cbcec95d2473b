import pytest
import torch


@pytest.fixture(scope="module")
def one_thread():
    """Sums of several threads may differ in the last bit."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)
