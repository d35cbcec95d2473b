"""The published lines of checkpoints that can be brought in: whose they are, and what their keys look like.

The names are those of the authors' code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """One published line of checkpoints.

    `signs` are patterns that all match some key of theirs. Of `roots`, the first that any key begins with stands
    before the backbone's names. `left_out` matches the beginning of names that are known and not needed; `renamed`
    gives parameters outside the backbone under our names. `options` go to `build_encoder`, at stride 4 also
    those of `at_stride_4`. `last_stage` is the last that the authors match with. `notes` say what else to know.
    """

    name: str
    title: str
    paper: str
    signs: tuple[str, ...]
    roots: tuple[str, ...] = ("",)
    left_out: str = ""
    renamed: tuple[tuple[str, str], ...] = ()
    options: tuple[tuple[str, int | str], ...] = ()
    at_stride_4: tuple[tuple[str, int | str], ...] = ()
    last_stage: int = 3
    notes: str = ""


OPENMMLAB = r"^backbone\.conv1\.conv\.weight$"
"""The sign of OpenMMLab's ResNets, which two families are."""

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "timecycle",
            "TimeCycle",
            "Wang, Jabri and Efros, Learning Correspondence from the Cycle-Consistency of Time, CVPR 2019",
            (r"^encoderVideo\.conv1\.weight$", r"^afterconv1\.weight$"),
            roots=("encoderVideo.",),
            left_out=r"afterconv3_trans\.|afterconv4_trans\.|linear2\.|criterion_|geometricTnf\.",
            renamed=(("afterconv1.weight", "projection.weight"),),
            options=(("n_projected", 512),),
        ),
        Family(
            "crw",
            "Contrastive random walk",
            "Jabri, Owens and Efros, Space-Time Correspondence as a Contrastive Random Walk, NeurIPS 2020",
            (r"^(model\.)?encoder\.model\.conv1\.",),
            roots=("encoder.model.", "model.encoder.model."),
            left_out=r"(model\.)?(selfsim_fc|head)\.",
            options=(("padding", "reflect"),),
            notes="The authors' network pads by reflection, and so does this one.",
        ),
        Family(
            "uvc",
            "UVC",
            "Li et al., Joint-Task Self-Supervised Learning for Temporal Correspondence, NeurIPS 2019",
            (r"^gray_encoder\.conv1\.weight$",),
            roots=("gray_encoder.",),
            left_out=r"rgb_encoder\.|decoder\.|normalize\.|nlm\.",
            options=(("colour", "lightness"),),
            last_stage=4,
            notes="Sees lightness only. Its authors compare raw dot products; here features have unit length.",
        ),
        Family(
            "dul",
            "Dense unsupervised learning",
            "Araslanov, Schaub-Meyer and Roth, Dense Unsupervised Learning for Video Segmentation, NeurIPS 2021",
            (r"^fast_net\.backbone\.conv1\.weight$",),
            roots=("fast_net.backbone.",),
            left_out=r"fast_net\.emb_q\.",
            last_stage=4,
        ),
        Family(
            "vfs",
            "Video frame-level similarity",
            "Xu and Wang, Rethinking Self-Supervised Correspondence Learning, ICCV 2021",
            (OPENMMLAB, r"^img_head\."),
            roots=("backbone.", ""),
            left_out=r"img_head\.|cls_head\.",
        ),
        Family(
            "spatial-then-temporal",
            "Spatial-then-temporal",
            "Li and Liu, Spatial-then-Temporal Self-Supervised Learning for Video Correspondence, CVPR 2023",
            (OPENMMLAB, r"^backbone_t\.|^iteration$"),
            roots=("backbone.", ""),
            left_out=r"backbone_t\.|iteration$|loss\.|corr\.",
            options=(("colour", "lab"), ("pool", "none")),
            at_stride_4=(("pool", "mean"),),
            notes="Sees Lab. Its authors score best at stride 4 (`--stride 4`), at several times the cost.",
        ),
        Family(
            "dino",
            "DINO",
            "Caron et al., Emerging Properties in Self-Supervised Vision Transformers, ICCV 2021",
            (r"^(backbone\.)?cls_token$", r"^(backbone\.)?patch_embed\.proj\.weight$"),
            roots=("backbone.", ""),
            left_out=r"head\.",
        ),
        Family(
            "resnet",
            "ResNet",
            "He et al., Deep Residual Learning for Image Recognition, CVPR 2016; trained by whom the file does not say",
            (r"^conv1\.weight$", r"^layer1\.0\.conv1\.weight$"),
        ),
    )
}
