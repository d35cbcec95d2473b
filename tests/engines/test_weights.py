import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from engines.correspondence.architectures import ARCHITECTURES, build_encoder
from engines.correspondence.encoder import encode
from engines.correspondence.encoder_weights import load_encoder, save_encoder
from engines.correspondence.folding import fold_normalisation
from engines.device import Compute, pick_compute
from engines.tensor_file import WeightsError, read_tensor_file
from engines.weights import SHIPPED_FOLDER, card_of, find_weights, read_info, weights_in

CPU = Compute(torch.device("cpu"), torch.float32)
ABOUT = {"name": "tiny", "title": "Tiny", "summary": "For tests.", "data": "none"}


def encoder_with_history(architecture="small", seed=0, **options):
    """Return an encoder whose normalisations have seen something, as after training."""
    torch.manual_seed(seed)
    encoder = build_encoder(architecture, **options)
    for module in encoder.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    return encoder.eval()


@pytest.fixture
def saved(tmp_path):
    encoder = encoder_with_history()
    return encoder, save_encoder(encoder, tmp_path / "tiny.safetensors", architecture="small", options={}, about=ABOUT)


def images(seed=0, size=(60, 75)):
    return np.random.default_rng(seed).integers(0, 256, (2, *size, 3), np.uint8)


def rewritten(file, tensors=None, **said):
    """Write the file again with other tensors or metadata; None takes an entry out."""
    metadata = {**read_tensor_file(file).metadata, **said}
    state = load_file(file) if tensors is None else tensors
    save_file(state, file, {key: text for key, text in metadata.items() if text is not None})
    return file


def test_what_is_saved_is_loaded(saved):
    encoder, info = saved
    loaded = load_encoder(info, CPU)
    pictures = images()
    with torch.no_grad():
        before, after = encode(encoder, pictures, CPU), encode(loaded, pictures, CPU)
    assert (before.coarse - after.coarse).abs().max() < 5e-3  # float16 and folding
    assert (before.fine - after.fine).abs().max() < 5e-3


def test_a_loaded_encoder_is_frozen_folded_and_channels_last(saved):
    loaded = load_encoder(saved[1], CPU)
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    assert not any(isinstance(module, nn.BatchNorm2d) for module in loaded.modules())
    assert loaded.stem[3].weight.is_contiguous(memory_format=torch.channels_last)


def test_the_file_says_what_it_is(saved):
    encoder, info = saved
    assert (info.name, info.title, info.summary, info.architecture) == ("tiny", "Tiny", "For tests.", "small")
    assert info.about == {"data": "none"}
    assert info.n_parameters == sum(parameter.numel() for parameter in encoder.parameters())
    assert info.n_bytes == info.file.stat().st_size < 2.2 * info.n_parameters + 20_000
    assert len(info.fingerprint) == 16
    assert not info.is_shipped
    assert "For tests." in card_of(info)
    assert "data: none" in card_of(info)
    info.file.with_suffix(".md").write_text("# A card", encoding="utf-8")
    assert card_of(info) == "# A card"


def test_the_fingerprint_is_of_what_the_network_computes_by(saved):
    info = saved[1]
    renamed = read_info(rewritten(info.file, title="Another"))
    assert renamed.title == "Another"
    assert renamed.fingerprint == info.fingerprint
    state = load_file(info.file)
    state["coarse_head.bias"][0] += 1
    assert read_info(rewritten(info.file, state)).fingerprint != info.fingerprint


def test_the_same_tensors_at_another_stride_have_another_fingerprint(saved):
    file = rewritten(saved[1].file, architecture="resnet18", options='{"stride": 8}')
    at_8, at_4 = read_info(file), read_info(rewritten(file, options='{"stride": 4}'))
    assert at_8.fingerprint != at_4.fingerprint


def test_a_file_is_read_again_for_its_fingerprint_only_when_it_has_changed(saved):
    file = saved[1].file
    long_ago_s = file.stat().st_mtime - 3600
    os.utime(file, (long_ago_s, long_ago_s))
    first = read_info(file).fingerprint
    with file.open("r+b") as opened:
        opened.seek(-1, os.SEEK_END)
        opened.write(b"\x11")
    os.utime(file, (long_ago_s, long_ago_s))
    assert read_info(file).fingerprint == first  # nothing that can be seen from outside has changed
    os.utime(file, (long_ago_s + 1, long_ago_s + 1))
    assert read_info(file).fingerprint != first


def test_a_file_that_has_just_changed_is_read_again(saved):
    file = saved[1].file
    before = file.stat()
    first = read_info(file).fingerprint
    with file.open("r+b") as opened:
        opened.seek(-1, os.SEEK_END)
        opened.write(b"\x11")
    os.utime(file, ns=(before.st_mtime_ns, before.st_mtime_ns))  # the same tick of the clock
    assert read_info(file).fingerprint != first


@pytest.mark.parametrize(
    ("architecture", "options"),
    [
        ("small", {}),
        ("large", {}),
        ("resnet18", {}),
        ("resnet18", {"stride": 4}),
        ("resnet50", {"n_projected": 32}),
    ],
)
def test_folding_changes_nothing_but_the_passes(architecture, options):
    assert architecture in ARCHITECTURES
    encoder = encoder_with_history(architecture, **options)
    pictures = images(size=(40, 56))
    before = encode(encoder, pictures, CPU)
    after = encode(fold_normalisation(encoder), pictures, CPU)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in encoder.modules())
    torch.testing.assert_close(before.coarse, after.coarse, atol=1e-4, rtol=0)


def test_values_beyond_float16_are_kept(tmp_path):
    encoder = encoder_with_history()
    with torch.no_grad():
        encoder.stem[0].weight[0, 0, 0, 0] = 1e6
    info = save_encoder(encoder, tmp_path / "big.safetensors", architecture="small", options={}, about=ABOUT)
    assert load_file(info.file)["stem.0.weight"][0, 0, 0, 0] == 1e6


def test_weights_without_finite_values_are_refused_both_ways(saved, tmp_path):
    encoder, info = saved
    state = load_file(info.file)
    state["fine_head.bias"][3] = float("nan")
    with pytest.raises(WeightsError, match=r"damaged, fine_head.bias"):
        load_encoder(read_info(rewritten(info.file, state)), CPU)
    with torch.no_grad():
        encoder.coarse_head.bias[0] = float("inf")
    with pytest.raises(WeightsError, match=r"no finite value in coarse_head.bias"):
        save_encoder(encoder, tmp_path / "bad.safetensors", architecture="small", options={}, about=ABOUT)
    assert not (tmp_path / "bad.safetensors").exists()
    assert not list(tmp_path.glob("*.part"))


def test_a_full_disk_is_told_as_one_and_the_old_file_stays(saved, tmp_path, tiny_disk):
    encoder, info = saved
    content = info.file.read_bytes()
    with tiny_disk(), pytest.raises(OSError) as caught:
        save_encoder(encoder, info.file, architecture="small", options={}, about=ABOUT)
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(info.file))
    assert list(tmp_path.iterdir()) == [info.file]
    assert info.file.read_bytes() == content


# finding


def test_weights_are_found_by_name_and_by_path(saved, tmp_path):
    info = saved[1]
    assert find_weights("tiny", [tmp_path]) == info
    assert find_weights(info.file, []) == info
    assert list(weights_in([tmp_path / "none", tmp_path])) == ["tiny"]


def test_what_is_not_found_is_told_with_what_there_is(saved, tmp_path):
    with pytest.raises(WeightsError, match=r"No weights are called huge: give one of tiny\."):
        find_weights("huge", [tmp_path])
    with pytest.raises(WeightsError, match=r"No weights are called huge: bring .* in with `weights import FILE`\."):
        find_weights("huge", [tmp_path / "none"])
    with pytest.raises(WeightsError, match=r"There is no weights file .*huge\.safetensors"):
        find_weights(tmp_path / "huge.safetensors", [tmp_path])


def test_shipped_weights_load_and_have_a_card():
    for name, file in weights_in([SHIPPED_FOLDER]).items():
        info = read_info(file)
        assert info.name == name
        assert info.is_shipped
        assert file.parent == SHIPPED_FOLDER
        assert file.with_suffix(".md").is_file() and info.fingerprint in card_of(info)
        load_encoder(info, pick_compute("cpu"))


# files that are something else


def header_of(header):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x" * 9,
        b"\xff" * 64,
        header_of([]),
        header_of(b"{"),
        header_of(b"[" * 100_000),
        header_of({"a": 1}),
        header_of({"__metadata__": 1}),
        header_of({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}) + bytes(4),
        header_of({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, -4]}}) + bytes(4),
        header_of({"a": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}) + bytes(4),
        header_of({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}) + bytes(8),
        header_of({"a": {"dtype": "F32", "shape": "11", "data_offsets": [0, 4]}}) + bytes(4),
        (1 << 62).to_bytes(8, "little") + b"{}" * 40,
        b"\x80\x02}q\x00." + bytes(100),
    ],
)
def test_a_foreign_file_is_refused_in_one_sentence(tmp_path, content):
    file = tmp_path / "foreign.safetensors"
    file.write_bytes(content)
    with pytest.raises(WeightsError, match=r"is no safetensors file: .*`weights import`") as caught:
        read_info(file)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_a_truncated_file_says_so(saved):
    file = saved[1].file
    content = file.read_bytes()
    for n_bytes in (len(content) - 1, len(content) // 2):
        file.write_bytes(content[:n_bytes])
        with pytest.raises(WeightsError, match="is cut short"):
            read_info(file)
    file.write_bytes(content + b"more")
    with pytest.raises(WeightsError, match="longer than it should be"):
        read_info(file)


def test_tensors_of_somebody_else_are_refused(tmp_path):
    file = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(3)}, file)
    with pytest.raises(WeightsError, match="no weights file of ours"):
        read_info(file)


@pytest.mark.parametrize("options", [None, "[]", '{"stride": [8]}', "{", '{"stride": true}'])
def test_options_that_make_no_sense_are_refused(saved, options):
    with pytest.raises(WeightsError, match="does not say which network"):
        read_info(rewritten(saved[1].file, options=options))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"architecture": "giant"}, r"network that is not known here \(giant\)"),
        ({"options": '{"depth": 3}'}, "not known here"),
        ({"architecture": "large"}, r"has stem.0.weight as 16 x 3 x 3 x 3, not 32 x 3 x 3 x 3"),
        ({"architecture": "resnet18"}, "lacks conv1.weight"),
        ({"architecture": "resnet18", "options": '{"n_projected": 1000000000}'}, "lacks conv1.weight"),
    ],
)
def test_a_file_for_another_network_is_refused(saved, said, words):
    with pytest.raises(WeightsError, match=words):
        load_encoder(read_info(rewritten(saved[1].file, **said)), CPU)


def test_counters_of_training_steps_are_passed_over(saved):
    _, info = saved
    state = load_file(info.file) | {"stem.1.num_batches_tracked": torch.tensor(7)}
    found = read_info(rewritten(info.file, state))
    assert found.n_parameters == info.n_parameters
    load_encoder(found, CPU)


def test_missing_and_unknown_tensors_are_named(saved):
    file = saved[1].file
    state = load_file(file)
    with pytest.raises(WeightsError, match=r"has stranger, which its network does not know"):
        load_encoder(read_info(rewritten(file, {**state, "stranger": torch.zeros(1)})), CPU)
    state.pop("trunk.0.body.0.weight")
    with pytest.raises(WeightsError, match=r"lacks trunk.0.body.0.weight"):
        load_encoder(read_info(rewritten(file, state)), CPU)


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65, "ümlaut"])
def test_names_that_are_no_file_names_are_refused(tmp_path, name):
    with pytest.raises(WeightsError, match="cannot be called"):
        save_encoder(
            build_encoder("small"), tmp_path / "a", architecture="small", options={}, about={**ABOUT, "name": name}
        )


def test_asking_what_there_is_needs_no_torch(saved):
    program = (
        "import sys; sys.modules['torch'] = None; from pathlib import Path; from engines.weights import find_weights;"
        f"print(find_weights({str(saved[1].file)!r}).fingerprint)"
    )
    root = Path(__file__).parents[2]
    answer = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == saved[1].fingerprint
