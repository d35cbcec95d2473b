import argparse
import os
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from engines.correspondence.checkpoint_file import MAX_BYTES, read_tensors
from engines.correspondence.encoder import encode, picture_batch
from engines.correspondence.encoder_weights import load_encoder
from engines.correspondence.published import assemble, import_published, understand
from engines.correspondence.published_families import FAMILIES
from engines.device import Compute
from engines.tensor_file import WeightsError
from engines.weights import card_of, read_info
from tests.engines.correspondence import checkpoints

CPU = Compute(torch.device("cpu"), torch.float32)


def images(size=(40, 56), seed=0):
    return np.random.default_rng(seed).integers(0, 256, (1, *size, 3), np.uint8)


def without_module(state):
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}


def understood(state, tmp_path, **how):
    return understand(tmp_path / "file.pth", without_module(state), **how)


# every family, by the names and shapes its authors published


@pytest.mark.parametrize(
    ("make", "family", "architecture", "options", "left_out"),
    [
        (
            checkpoints.timecycle, "timecycle", "resnet50", {"n_projected": 512},
            {"afterconv3_trans", "afterconv4_trans", "linear2", "encoderVideo.layer4"},
        ),
        (checkpoints.crw, "crw", "resnet18", {"padding": "reflect"}, {"selfsim_fc", "encoder.model.layer4"}),
        (
            lambda **how: checkpoints.crw(as_modules=False, **how), "crw", "resnet18", {"padding": "reflect"},
            {"selfsim_fc", "encoder.model.layer4"},
        ),
        (
            checkpoints.uvc, "uvc", "resnet18", {"n_stages": 4, "colour": "lightness"},
            {"rgb_encoder", "decoder", "normalize"},
        ),
        (checkpoints.dul, "dul", "resnet18", {"n_stages": 4}, {"fast_net"}),
        (lambda **how: checkpoints.vfs(18, **how), "vfs", "resnet18", {}, {"img_head", "backbone.layer4"}),
        (lambda **how: checkpoints.vfs(50, **how), "vfs", "resnet50", {}, {"img_head", "backbone.layer4"}),
        (
            lambda **how: checkpoints.spatial_then_temporal(18, **how), "spatial-then-temporal", "resnet18",
            {"colour": "lab", "pool": "none"}, {"backbone_t", "backbone.layer4"},
        ),
        (
            lambda **how: checkpoints.spatial_then_temporal(50, **how), "spatial-then-temporal", "resnet50",
            {"colour": "lab", "pool": "none"}, {"backbone_t", "backbone.layer4"},
        ),
        (lambda **how: checkpoints.dino(384, 16, **how), "dino", "vit_small", {"patch": 16}, set()),
        (lambda **how: checkpoints.dino(384, 8, **how), "dino", "vit_small", {"patch": 8}, set()),
        (lambda **how: checkpoints.dino(768, 16, **how), "dino", "vit_base", {"patch": 16}, set()),
        (lambda **how: checkpoints.dino(768, 8, "backbone.", **how), "dino", "vit_base", {"patch": 8}, {"head"}),
        (
            lambda **how: checkpoints.filled([*checkpoints.resnet(50), ("fc.weight", (1000, 2048))], **how),
            "resnet", "resnet50", {}, {"fc", "layer4"},
        ),
    ],
)  # fmt: skip
def test_every_published_checkpoint_is_known(tmp_path, make, family, architecture, options, left_out):
    state = make(device="meta")
    found = understood(state, tmp_path)
    assert (found.family.name, found.architecture, found.options) == (family, architecture, options)
    assert set(found.left_out) == left_out
    assert len(found.state) + sum(found.left_out.values()) == len(
        [name for name in state if not name.endswith("num_batches_tracked")]
    ), "nothing is passed over in silence"


def test_names_of_weights_say_what_they_are(tmp_path):
    names = [
        understood(checkpoints.dino(384, 8, device="meta"), tmp_path).name,
        understood(checkpoints.crw(device="meta"), tmp_path, stride=4).name,
        understood(checkpoints.spatial_then_temporal(18, device="meta"), tmp_path).title,
    ]
    assert names == ["dino-vit-small-8", "crw-resnet18-s4", "Spatial-then-temporal, ResNet-18"]


# the same features as a network put together by hand


def check_features(found, state, seen, **by_hand):
    encoder = assemble(found)
    wanted = F.normalize(checkpoints.resnet_features(state, seen, **by_hand), dim=1)
    ours = encode(encoder, images(), CPU).coarse
    assert ours.shape == wanted.shape
    torch.testing.assert_close(ours, wanted, atol=1e-4, rtol=0)


def test_a_random_walk_gives_the_features_of_its_authors_network(tmp_path):
    plain = checkpoints.filled(checkpoints.resnet(18))
    state = {f"encoder.model.{checkpoints.reflecting(name, tensor.shape)}": tensor for name, tensor in plain.items()}
    seen = picture_batch(images(), CPU)
    check_features(understood(state, tmp_path), plain, seen, depth=18, steps=(1, 2, 1), reflect=True)


def test_uvc_gives_the_features_of_its_authors_network(tmp_path):
    plain = checkpoints.filled(checkpoints.resnet(18))
    state = {f"module.gray_encoder.{name}": tensor for name, tensor in plain.items()}
    found = understood(state, tmp_path)
    seen = assemble(found)._seen(picture_batch(images(), CPU))
    check_features(found, plain, seen, depth=18, steps=(1, 2, 1, 1), n_stages=4)


@pytest.mark.parametrize(("stride", "steps", "pool"), [(None, (1, 2, 2), "none"), (4, (1, 1, 1), "mean")])
def test_spatial_then_temporal_gives_the_features_of_its_authors_network(tmp_path, stride, steps, pool):
    plain = checkpoints.filled(checkpoints.resnet(18))
    state = {f"backbone.{checkpoints.openmmlab(name)}": tensor for name, tensor in plain.items()}
    found = understood(state, tmp_path, family="spatial-then-temporal", stride=stride)
    seen = assemble(found)._seen(picture_batch(images(), CPU))
    check_features(found, plain, seen, depth=18, steps=steps, pool=pool)


def test_timecycle_gives_the_features_of_its_authors_network(tmp_path):
    state = checkpoints.timecycle()
    flat = {name: tensor.squeeze(2) if tensor.ndim == 5 else tensor for name, tensor in state.items()}
    plain = {name.removeprefix("module.encoderVideo."): tensor for name, tensor in flat.items()}
    x = checkpoints.resnet_features(plain, picture_batch(images(), CPU), depth=50, steps=(1, 2, 1))
    wanted = F.normalize(F.conv2d(x, flat["module.afterconv1.weight"]).relu(), dim=1)
    ours = encode(assemble(understood(state, tmp_path)), images(), CPU).coarse
    torch.testing.assert_close(ours, wanted, atol=1e-4, rtol=0)


# files


def saved(state, file, **more):
    torch.save({"state_dict": state, **more} if more else state, file)
    return file


@pytest.fixture(scope="module")
def walk():
    return checkpoints.crw()


def test_a_file_comes_in_whole_and_gives_the_same_features(walk, tmp_path):
    checkpoint = {
        "model": walk,
        "optimizer": {"state": {0: {"step": 3, "exp_avg": torch.zeros(2)}}, "param_groups": [{"lr": 1e-4}]},
        "epoch": 25,
        "args": argparse.Namespace(lr=1e-4, device="cuda", milestones=[1, 2]),
        "score": np.float64(0.5),
    }
    torch.save(checkpoint, tmp_path / "pretrained.pth")
    info, found = import_published(tmp_path / "pretrained.pth", tmp_path / "mine")
    assert info.file == tmp_path / "mine" / "crw-resnet18.safetensors"
    assert (info.name, info.title) == ("crw-resnet18", "Contrastive random walk, ResNet-18")
    assert info.about["from_file"] == "pretrained.pth"
    assert "selfsim_fc (2)" in info.about["left_out"]
    assert "Jabri, Owens and Efros" in card_of(info)
    ours = encode(load_encoder(info, CPU), images(), CPU).coarse
    torch.testing.assert_close(ours, encode(assemble(found), images(), CPU).coarse, atol=5e-3, rtol=0)


def test_the_format_before_archives_is_read_too(walk, tmp_path):
    torch.save({"state_dict": walk}, tmp_path / "old.pth.tar", _use_new_zipfile_serialization=False)
    assert read_tensors(tmp_path / "old.pth.tar").keys() == walk.keys()


def test_safetensors_are_read_too(walk, tmp_path):
    save_file(walk, tmp_path / "walk.safetensors")
    assert import_published(tmp_path / "walk.safetensors", tmp_path / "mine")[1].family.name == "crw"


def test_of_dino_the_teacher_is_taken(tmp_path):
    def tagged(root, value):
        state = checkpoints.dino(384, 16, root, device="meta")
        return {name: torch.full((1,), value).expand(tensor.shape) for name, tensor in state.items()}

    torch.save({"student": tagged("module.backbone.", 1.0), "teacher": tagged("backbone.", 2.0)}, tmp_path / "full.pth")
    tensors = read_tensors(tmp_path / "full.pth")
    assert understand(tmp_path / "full.pth", tensors).family.name == "dino"
    assert tensors["backbone.norm.bias"][0] == 2


def test_a_name_that_is_taken_is_not_written_over(walk, tmp_path):
    file = saved(walk, tmp_path / "walk.pth")
    first, _ = import_published(file, tmp_path / "mine", "mine")
    before = first.file.read_bytes()
    with pytest.raises(WeightsError, match="There are weights called mine already"):
        import_published(file, tmp_path / "mine", "mine")
    assert first.file.read_bytes() == before
    with pytest.raises(WeightsError, match="cannot be called"):
        import_published(file, tmp_path / "mine", "../mine")


# what is refused, and why


def test_what_is_missing_or_unknown_or_of_another_shape_is_named(tmp_path):
    whole = checkpoints.crw(as_modules=False, device="meta")

    def refused(state, words):
        with pytest.raises(WeightsError, match=words) as caught:
            understood(state, tmp_path)
        assert "\n" not in str(caught.value)

    key = "encoder.model.layer3.1.conv2.weight"
    refused({name: tensor for name, tensor in whole.items() if name != key}, f"lacks {key}")
    refused({**whole, key: torch.empty(256, 256, 1, 1)}, f"has {key} as 256 x 256 x 1 x 1, not 256 x 256 x 3 x 3")
    refused({**whole, key: torch.zeros(256, 256, 3, 3, dtype=torch.int8)}, f"has {key} as")
    refused(
        {**whole, "encoder.model.layer3.2.conv1.weight": torch.empty(1)}, r"has encoder.model.layer3.2.conv1.weight"
    )
    refused({**whole, "ema.conv1.weight": torch.empty(1)}, r"has ema.conv1.weight, which a Contrastive random walk")


def test_networks_of_other_kinds_are_refused(tmp_path):
    with pytest.raises(WeightsError, match=r"that is not known here \(a, b, …\): give one of TimeCycle, .*DINO"):
        understood({"a": torch.empty(1), "b": torch.empty(1)}, tmp_path)
    with pytest.raises(WeightsError, match="transformer with 192 channels and patches of 16"):
        understood(checkpoints.dino(192, 16, device="meta"), tmp_path)
    with pytest.raises(WeightsError, match="patches of 16 pixels, which are its stride: leave --stride out"):
        understood(checkpoints.dino(384, 16, device="meta"), tmp_path, stride=8)


def test_a_backbone_of_two_possible_families_has_to_be_named(tmp_path):
    state = {
        f"backbone.{checkpoints.openmmlab(name)}": torch.empty(shape, device="meta")
        for name, shape in checkpoints.resnet(18)
    }
    with pytest.raises(WeightsError, match="say whose it is, with --family vfs or --family spatial-then-temporal"):
        understood(state, tmp_path)
    assert understood(state, tmp_path, family="vfs").options == {}
    assert understood(state, tmp_path, family="spatial-then-temporal").options == {"colour": "lab", "pool": "none"}
    with pytest.raises(WeightsError, match=r"has backbone.* is not known to have"):
        understood(state, tmp_path, family="uvc")


class Hostile:
    """Runs a command when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize("as_archive", [True, False])
def test_a_file_that_would_run_code_is_refused_and_runs_none(walk, tmp_path, as_archive):
    mark = tmp_path / "ran"
    file = tmp_path / "hostile.pth"
    torch.save({"model": walk, "hook": Hostile(mark)}, file, _use_new_zipfile_serialization=as_archive)
    with pytest.raises(WeightsError, match=r"asks for (posix|nt|os)\.system to be run, so it was not opened"):
        import_published(file, tmp_path / "mine")
    assert not mark.exists()
    assert not (tmp_path / "mine").exists()


def test_what_stands_in_for_arguments_cannot_be_called_for_other_things(walk, tmp_path):
    class Trick:
        def __reduce__(self):
            return eval, ("1",)

    torch.save({"model": walk, "args": argparse.Namespace(trick=Trick())}, tmp_path / "trick.pth")
    with pytest.raises(WeightsError, match="asks for eval to be run"):
        read_tensors(tmp_path / "trick.pth")


def test_foreign_and_broken_files_are_refused(walk, tmp_path):
    whole = saved(walk, tmp_path / "whole.pth").read_bytes()
    for name, content in {
        "empty": b"",
        "text": b"not a checkpoint",
        "half": whole[: len(whole) // 2],
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "pickle": b"\x80\x02}q\x00.",
        "zip": b"PK\x03\x04" + bytes(50),
    }.items():
        file = tmp_path / f"{name}.pth"
        file.write_bytes(content)
        with pytest.raises(WeightsError, match=r"no checkpoint that torch can read|no tensors by name"):
            read_tensors(file)


def test_archives_that_grow_and_files_too_large_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10_000_000))
    with pytest.raises(WeightsError, match="a compressed archive"):
        read_tensors(tmp_path / "bomb.pth")
    with (tmp_path / "huge.pth").open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # a hole: no room is taken
    with pytest.raises(WeightsError, match="more than any encoder"):
        read_tensors(tmp_path / "huge.pth")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("name", ["pipe.pth", "pipe.safetensors"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(WeightsError, match="is no "):
        read_tensors(tmp_path / name)
    with pytest.raises(WeightsError, match="is no safetensors file"):
        read_info(tmp_path / name)


def test_a_tensor_that_claims_to_be_huge_takes_no_memory(tmp_path):
    state = {"encoder.model.conv1.weight": torch.zeros(1).expand(10**7, 10**7)}
    torch.save(state, tmp_path / "claims.pth")
    with pytest.raises(WeightsError, match=r"lacks|10000000 x 10000000"):
        import_published(tmp_path / "claims.pth", tmp_path / "mine")


def test_a_checkpoint_without_tensors_is_refused(tmp_path):
    for content in ({"epoch": 3}, [1, 2], {"model": {"model": {"model": {"model": {}}}}}, {1: torch.zeros(1)}):
        torch.save(content, tmp_path / "none.pth")
        with pytest.raises(WeightsError, match="holds no tensors by name"):
            read_tensors(tmp_path / "none.pth")


def test_weights_that_are_no_numbers_are_refused(walk, tmp_path):
    broken = {**walk, "encoder.model.bn1.bias": torch.full((64,), float("nan"))}
    with pytest.raises(WeightsError, match=r"no finite value in bn1\.bias"):
        import_published(saved(broken, tmp_path / "nan.pth"), tmp_path / "mine")
    assert not list(tmp_path.glob("mine/*"))


def test_the_kept_file_has_the_published_values(walk, tmp_path):
    info, _ = import_published(saved(walk, tmp_path / "walk.pth"), tmp_path / "mine")
    kept = load_file(info.file)
    assert torch.equal(kept["layer2.0.conv1.weight"], walk["encoder.model.layer2.0.conv1.1.weight"].half())
    assert torch.equal(kept["bn1.running_var"], walk["encoder.model.bn1.running_var"])


def test_every_family_has_its_paper():
    assert all(family.paper and family.title for family in FAMILIES.values())
