import pytest


@pytest.fixture
def one_thread():
    """Keep networks of a few thousand weights from waiting for a second core."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
