"""State dicts with the names and shapes of published checkpoints, written out from the authors' code, not from ours."""

import math

import torch
from torch.nn import functional as F

BLOCKS = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3)}


def resnet(depth, n_stages=4):
    """Yield (name, shape) of a ResNet's backbone as torchvision names it."""
    yield "conv1.weight", (64, 3, 7, 7)
    yield from norm("bn1", 64)
    n_in = 64
    for stage, n_blocks in enumerate(BLOCKS[depth][:n_stages]):
        width = 64 * 2**stage
        n_out = width if depth == 18 else 4 * width
        for block in range(n_blocks):
            at = f"layer{stage + 1}.{block}"
            first = n_in if block == 0 else n_out
            if depth == 18:
                shapes = [(width, first, 3, 3), (width, width, 3, 3)]
            else:
                shapes = [(width, first, 1, 1), (width, width, 3, 3), (n_out, width, 1, 1)]
            for number, shape in enumerate(shapes, 1):
                yield f"{at}.conv{number}.weight", shape
                yield from norm(f"{at}.bn{number}", shape[0])
            if block == 0 and (stage > 0 or depth == 50):
                yield f"{at}.downsample.0.weight", (n_out, first, 1, 1)
                yield from norm(f"{at}.downsample.1", n_out)
        n_in = n_out


def norm(name, n):
    for part in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{part}", (n,)
    yield f"{name}.num_batches_tracked", ()


def vit(n_channels, patch):
    """Yield (name, shape) of DINO's transformers."""
    yield "cls_token", (1, 1, n_channels)
    yield "pos_embed", (1, 1 + (224 // patch) ** 2, n_channels)
    yield "patch_embed.proj.weight", (n_channels, 3, patch, patch)
    yield "patch_embed.proj.bias", (n_channels,)
    for block in range(12):
        for part, shape in (
            ("norm1.weight", (n_channels,)), ("norm1.bias", (n_channels,)),
            ("attn.qkv.weight", (3 * n_channels, n_channels)), ("attn.qkv.bias", (3 * n_channels,)),
            ("attn.proj.weight", (n_channels, n_channels)), ("attn.proj.bias", (n_channels,)),
            ("norm2.weight", (n_channels,)), ("norm2.bias", (n_channels,)),
            ("mlp.fc1.weight", (4 * n_channels, n_channels)), ("mlp.fc1.bias", (4 * n_channels,)),
            ("mlp.fc2.weight", (n_channels, 4 * n_channels)), ("mlp.fc2.bias", (n_channels,)),
        ):  # fmt: skip
            yield f"blocks.{block}.{part}", shape
    yield "norm.weight", (n_channels,)
    yield "norm.bias", (n_channels,)


def filled(shapes, seed=0, device="cpu"):
    """Return tensors of these names and shapes, with values that a network could have; on "meta", without any."""
    if device == "meta":
        return {name: torch.empty(shape, device="meta") for name, shape in shapes}
    random = torch.Generator().manual_seed(seed)
    state = {}
    for name, shape in shapes:
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(7)
        elif name.endswith(("running_var", "bn1.weight", "bn2.weight", "bn3.weight", "downsample.1.weight")):
            state[name] = torch.rand(shape, generator=random) + 0.5
        else:
            fan_in = math.prod(shape[1:]) if len(shape) > 1 else 100
            state[name] = torch.randn(shape, generator=random) * math.sqrt(2 / fan_in)
    return state


def openmmlab(name):
    """Return a torchvision name as OpenMMLab's ConvModule has it."""
    parts = name.split(".")
    if parts[-3:-1] in (["downsample", "0"], ["downsample", "1"]):
        parts[-2] = "conv" if parts[-2] == "0" else "bn"
    else:
        kind, number = parts[-2].rstrip("123"), parts[-2][-1]
        parts[-2:-1] = [f"conv{number}", kind]
    return ".".join(parts)


def reflecting(name, shape):
    """Return the name where a padding module stands before a convolution of 3 x 3 or more."""
    return name.replace(".weight", ".1.weight") if len(shape) == 4 and shape[-1] > 1 else name


def timecycle(**how):
    backbone = ((f"module.encoderVideo.{name}", inflated(shape)) for name, shape in resnet(50))
    rest = {
        "module.afterconv1.weight": (512, 1024, 1, 1, 1),
        "module.afterconv3_trans.weight": (128, 900, 4, 4),
        "module.afterconv4_trans.weight": (64, 128, 4, 4),
        "module.linear2.weight": (3, 1024),
        "module.linear2.bias": (3,),
    }
    return filled([*backbone, *rest.items()], **how)


def inflated(shape):
    return (*shape[:2], 1, *shape[2:]) if len(shape) == 4 else shape


def crw(as_modules=True, **how):
    backbone = (
        (f"encoder.model.{reflecting(name, shape) if as_modules else name}", shape) for name, shape in resnet(18)
    )
    return filled([*backbone, ("selfsim_fc.0.weight", (128, 512)), ("selfsim_fc.0.bias", (128,))], **how)


def uvc(**how):
    backbone = ((f"module.gray_encoder.{name}", shape) for name, shape in resnet(18))
    rest = {
        "module.rgb_encoder.conv1.weight": (3, 3, 1, 1),
        "module.rgb_encoder.downsample.1.bias": (256,),
        "module.decoder.upsample.1.weight": (256, 256, 1, 1),
        "module.normalize.mean": (3,),
        "module.normalize.std": (3,),
    }
    return filled([*backbone, *rest.items()], **how)


def dul(**how):
    backbone = ((f"fast_net.backbone.{name}", shape) for name, shape in resnet(18))
    head = [("fast_net.emb_q.conv1.weight", (512, 512, 1, 1)), *norm("fast_net.emb_q.bn1", 512)]
    return filled([*backbone, *head, ("fast_net.emb_q.conv2.weight", (128, 512, 1, 1))], **how)


def vfs(depth, **how):
    backbone = ((f"backbone.{openmmlab(name)}", shape) for name, shape in resnet(depth))
    return filled([*backbone, ("img_head.projection_fcs.0.weight", (512, 512))], **how)


def spatial_then_temporal(depth, **how):
    backbone = [(openmmlab(name), shape) for name, shape in resnet(depth)]
    return filled([(f"{root}.{name}", shape) for root in ("backbone", "backbone_t") for name, shape in backbone], **how)


def dino(n_channels, patch, root="", **how):
    head = [("head.mlp.0.weight", (2048, n_channels)), ("head.last_layer.weight_g", (65536, 1))] if root else []
    return filled([*((f"{root}{name}", shape) for name, shape in vit(n_channels, patch)), *head], **how)


def resnet_features(state, pictures, depth, steps, n_stages=3, pool="max", reflect=False):
    """Return what the network with torchvision's names in `state` makes of `pictures`, put together by hand."""

    def conv(x, name, stride=1):
        weight = state[f"{name}.weight"]
        pad = weight.shape[-1] // 2
        if pad and reflect:
            x, pad = F.pad(x, (pad,) * 4, mode="reflect"), 0
        return F.conv2d(x, weight, stride=stride, padding=pad)

    def norm(x, name):
        mean, var, scale, shift = (
            state[f"{name}.{part}"].view(1, -1, 1, 1) for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (var + 1e-5).sqrt() * scale + shift

    x = norm(conv(pictures, "conv1", 2), "bn1").relu()
    if pool == "max":
        x = F.max_pool2d(x, 3, 2, 1)
    elif pool == "mean":
        x = F.avg_pool2d(x, 3, 2, 1)
    for stage in range(n_stages):
        for block in range(BLOCKS[depth][stage]):
            at = f"layer{stage + 1}.{block}"
            step = steps[stage] if block == 0 else 1
            strides = (step, 1) if depth == 18 else (1, step, 1)
            y = x
            for number, stride in enumerate(strides, 1):
                y = norm(conv(y, f"{at}.conv{number}", stride), f"{at}.bn{number}")
                y = y.relu() if number < len(strides) else y
            if f"{at}.downsample.0.weight" in state:
                x = norm(conv(x, f"{at}.downsample.0", step), f"{at}.downsample.1")
            x = (x + y).relu()
    return x
