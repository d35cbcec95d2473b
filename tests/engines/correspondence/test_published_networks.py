"""What published networks differ in: options of the ResNets, and DINO's transformers."""

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engines.correspondence.architectures import build_encoder
from engines.correspondence.colour import lab
from engines.correspondence.encoder import encode, picture_batch
from engines.device import Compute

CPU = Compute(torch.device("cpu"), torch.float32)


def images(size=(50, 70), seed=0):
    return np.random.default_rng(seed).integers(0, 256, (1, *size, 3), np.uint8)


def built(architecture, **options):
    torch.manual_seed(0)
    return build_encoder(architecture, **options).eval()


@pytest.mark.parametrize("architecture", ["resnet18", "resnet50"])
@pytest.mark.parametrize("stride", [4, 8])
@pytest.mark.parametrize("pool", ["max", "mean", "none"])
def test_every_stride_and_pool_gives_the_promised_grid(architecture, stride, pool):
    with torch.device("meta"):  # shapes alone
        encoder = build_encoder(architecture, stride=stride, pool=pool).eval()
    for size in ((50, 70), (48, 64), (9, 5)):
        coarse = encoder(torch.empty(1, 3, *size, device="meta")).coarse
        assert coarse.shape == (1, encoder.n_channels, -(-size[0] // stride), -(-size[1] // stride))


def test_the_fourth_stage_is_res5_at_stride_1():
    encoder = built("resnet18", n_stages=4)
    assert encoder.n_channels == 512
    assert encode(encoder, images(), CPU).coarse.shape == (1, 512, 7, 9)
    three = built("resnet18").state_dict()
    assert {name for name in encoder.state_dict() if name not in three} == {
        name for name in encoder.state_dict() if name.startswith("layer4.")
    }


def test_what_no_network_has_is_refused():
    for options in ({"stride": 6}, {"n_stages": 5}, {"pool": "some"}, {"padding": "1"}, {"colour": "blue"}, {"x": 1}):
        with pytest.raises(ValueError, match=r"resnet18 has no such option|no ResNet has"):
            build_encoder("resnet18", **options)
    with pytest.raises(ValueError, match="patches of 8 and 16"):
        build_encoder("vit_small", patch=14)


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (9, 9), (33, 47)])
def test_reflecting_works_on_pictures_of_any_size(size):
    coarse = encode(built("resnet18", padding="reflect"), images(size), CPU).coarse
    assert coarse.shape[2:] == (-(-size[0] // 8), -(-size[1] // 8))


def test_padding_changes_the_edges_and_not_the_middle():
    zeros, reflected = (
        encode(built("resnet18", padding=padding), images((400, 400)), CPU).coarse for padding in ("zeros", "reflect")
    )
    assert not torch.allclose(zeros[..., 0, 0], reflected[..., 0, 0], atol=1e-3)
    torch.testing.assert_close(zeros[..., 24:26, 24:26], reflected[..., 24:26, 24:26], atol=1e-4, rtol=0)


def test_lab_is_that_of_opencv():
    rgb = images()[0]
    wanted = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    ours = lab(torch.from_numpy(rgb).permute(2, 0, 1)[None] / 255)[0].permute(1, 2, 0).numpy()
    assert np.abs(wanted - ours).max() < 0.5


def test_lightness_is_seen_as_uvc_did():
    rgb = images()[0]
    eight_bits = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32)
    seen = built("resnet18", colour="lightness")._seen(picture_batch(rgb[None], CPU))[0]
    wanted = ((eight_bits - 128) / 128 + 1) / 2
    for channel, (mean, std) in enumerate(((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))):
        assert np.abs(seen[channel].numpy() - (wanted - mean) / std).max() < 0.03  # eight bits are rounded


def test_lab_is_seen_in_minus_one_to_one():
    rgb = images()[0]
    wanted = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) / (50, 127, 127) - (1, 0, 0)
    seen = built("resnet18", colour="lab")._seen(picture_batch(rgb[None], CPU))[0]
    assert np.abs(seen.permute(1, 2, 0).numpy() - wanted).max() < 0.02


# transformers


@pytest.fixture(scope="module")
def vit():
    return built("vit_small", patch=16)


def test_a_transformer_gives_a_unit_vector_for_each_patch(vit):
    found = encode(vit, images((50, 70)), CPU)
    assert found.fine is None
    assert found.coarse.shape == (1, 384, 4, 5)
    torch.testing.assert_close(found.coarse.norm(dim=1), torch.ones(1, 4, 5))
    assert (vit.stride, vit.centre) == (16, 7.5)


def test_parameters_are_those_of_the_paper():
    with torch.device("meta"):
        sizes = {
            (name, patch): sum(parameter.numel() for parameter in build_encoder(name, patch=patch).parameters())
            for name in ("vit_small", "vit_base")
            for patch in (8, 16)
        }
    assert sizes["vit_small", 16] == 21_665_664
    assert sizes["vit_small", 8] == 21_670_272
    assert sizes["vit_base", 16] == 85_798_656
    assert sizes["vit_base", 8] == 85_807_872


def test_at_the_size_of_training_positions_are_as_learned(vit):
    assert vit._positions(14, 14) is vit.pos_embed
    assert vit._positions(4, 5).shape == (1, 21, 384)


def test_positions_move_with_the_grid(vit):
    """A ramp of embeddings stays a ramp when it is resampled."""
    ramp = torch.arange(14.0).repeat(14, 1).flatten()[None, :, None].expand(1, 196, 384)
    kept = vit.pos_embed.data
    vit.pos_embed.data = torch.cat([torch.zeros(1, 1, 384), ramp], 1)
    resampled = vit._positions(28, 28)[0, 1:, 0].view(28, 28)
    vit.pos_embed.data = kept
    inside = resampled[:, 4:-4]
    torch.testing.assert_close(inside, (torch.arange(28.0)[4:-4] / 2 - 0.25).expand(28, -1), atol=0.06, rtol=0)  # cubic


def test_attention_is_that_of_the_paper(vit):
    attention = vit.blocks[0].attn
    x = torch.randn(1, 7, 384, generator=torch.Generator().manual_seed(1))
    rows = attention.qkv(x)[0].split(384, 1)
    heads = [[part[:, 64 * head : 64 * (head + 1)] for part in rows] for head in range(6)]
    mixed = torch.cat([F.softmax(q @ k.T / 8, 1) @ v for q, k, v in heads], 1)
    torch.testing.assert_close(attention(x)[0], attention.proj(mixed), atol=1e-5, rtol=1e-4)


def test_a_picture_of_broken_patches_is_continued(vit):
    whole = images((64, 64))
    cut = whole.copy()
    cut[:, 60:] = cut[:, 59:60]
    torch.testing.assert_close(
        encode(vit, cut, CPU).coarse, encode(vit, np.ascontiguousarray(cut[:, :60]), CPU).coarse, atol=1e-5, rtol=0
    )
