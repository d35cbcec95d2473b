import dataclasses

import pytest
import torch

from engines.colour.network import ColourNetwork
from engines.colour.sizes import N_CLASSES, SIZES
from engines.colour.weights import COLOUR_FORMAT, find_colour_weights, load_colour, save_colour
from engines.device import Compute
from engines.tensor_file import WeightsError
from engines.weights import read_info
from tests.engines.colour.nets import TINY, tiny_network

CPU = Compute(torch.device("cpu"), torch.float32)


@pytest.mark.parametrize("size", [TINY, dataclasses.replace(TINY, is_doubled=True, n_shared_rows=6)])
def test_shapes_are_a_quarter_of_the_picture(size):
    network = tiny_network(size)
    seen, parameters = network(torch.zeros(2, 1, 32, 48), torch.zeros(2, 2, 8, 12))
    assert seen.condition.shape == (2, size.embedding + N_CLASSES, 8, 12)
    assert seen.answer.shape == parameters.shape == (2, 80, 8, 12)
    assert seen.classes.shape == (2, N_CLASSES, 8, 12)


def test_a_cell_sees_nothing_of_itself_and_of_what_follows():
    network = tiny_network()
    condition = torch.randn(1, TINY.embedding + N_CLASSES, 6, 7)
    chroma = torch.randn(1, 2, 6, 7)
    before = network.g(chroma, condition)
    for row, column in ((0, 0), (2, 3), (5, 6), (3, 0)):
        changed = chroma.clone()
        changed[:, :, row, column] += 1
        moved = (network.g(changed, condition) - before).abs().sum(1)[0].flatten() > 0
        at = row * 7 + column
        assert not moved[: at + 1].any()
        assert at == 41 or moved[at + 1 :].any()


def test_the_first_batch_gives_layers_their_scale_and_no_later_one():
    network = ColourNetwork(TINY).train()
    picture = 3 + 5 * torch.randn(2, 1, 32, 32)
    network.see(picture)
    first = network.bottom[0]
    found = first(picture)
    assert found.mean((0, 2, 3)).abs().max() < 1e-4 and found.std((0, 2, 3)).sub(1).abs().max() < 1e-2
    length = first.length.clone()
    network.see(torch.randn(2, 1, 32, 32))
    assert torch.equal(first.length, length)


def test_the_thesis_size_has_the_thesis_s_layers():
    size = SIZES["thesis"]
    assert size.widths == (64, 128, 256, 512) and size.blocks == (2, 2, 2, 3, 3)
    assert (size.embedding, size.generator_width, size.generator_blocks) == (160, 160, 4)
    with torch.device("meta"):
        network = ColourNetwork(size)
    count = {name: sum(p.numel() for p in part.parameters()) / 1e6 for name, part in network.named_children()}
    assert count["bottom"] == pytest.approx(9.7, abs=0.3)  # the digest of the paper counts 9.7, 89.2, 88.8 and 11.8
    assert count["f"] + count["h"] + count["heads"] == pytest.approx(178, abs=2)
    assert count["g"] == pytest.approx(11.8, abs=0.5)


def test_weights_come_back(tmp_path, monkeypatch):
    monkeypatch.setitem(SIZES, "tiny", TINY)
    network = tiny_network()
    info = save_colour(network, tmp_path / "mine.safetensors", {"name": "mine"})
    assert (info.architecture, info.name) == ("tiny", "mine")
    again = load_colour(find_colour_weights(str(info.file)), CPU)
    picture = torch.randn(1, 1, 32, 32)
    assert torch.allclose(again.see(picture).answer, network.see(picture).answer, atol=0.05)  # kept in half precision
    with pytest.raises(WeightsError):
        read_info(info.file)
    assert read_info(info.file, COLOUR_FORMAT).n_parameters == sum(p.numel() for p in network.parameters())


def test_weights_that_are_not_there_are_told(tmp_path):
    with pytest.raises(WeightsError, match="no weights"):
        find_colour_weights(str(tmp_path / "none.safetensors"))
