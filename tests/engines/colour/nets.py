import torch

from engines.colour.network import ColourNetwork
from engines.colour.sizes import NetworkSize

TINY = NetworkSize("tiny", (8, 8, 16, 16), (0, 1, 1, 1, 1), 8, 16, 16, 2, False, 0.0)


def tiny_network(size=TINY):
    """A network whose layers have had a first batch, so that it does something."""
    torch.manual_seed(0)
    network = ColourNetwork(size).train()
    with torch.no_grad():
        network(torch.randn(2, 1, 32, 32), 0.3 * torch.randn(2, 2, 8, 8))
        for parameter in network.parameters():
            parameter += 0.02 * torch.randn_like(parameter)
    return network.eval()
