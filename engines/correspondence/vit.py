"""DINO's vision transformers as encoders: the tokens of the last block, one for each patch of the picture.

Caron et al., "Emerging Properties in Self-Supervised Vision Transformers" (ICCV 2021), after Dosovitskiy et al.
(ICLR 2021). Parameters are named as in the authors' code, so that published weights go in key by key.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engines.correspondence.encoder import Encoder, Features, unit

_TRAINED_PX = 224
"""Side of the pictures that the position embeddings were learned for."""
_EPSILON = 1e-6


class VitEncoder(Encoder):
    """ViT-S (384 channels, 6 heads) or ViT-B (768, 12), 12 blocks, patches of 8 or 16 pixels, which is the stride.

    Cells are centred on their patch's middle. Position embeddings are resampled to the picture's grid of patches;
    a picture that no whole number of patches covers is continued by its last row and column. 21.7 M and
    85.8 M parameters. Attention is over all patches: its time grows with the square of the picture's area.
    """

    def __init__(self, n_channels: int, n_heads: int, patch: int = 16, n_blocks: int = 12) -> None:
        super().__init__()
        if patch not in (8, 16):
            raise ValueError(f"there are patches of 8 and 16 pixels, not of {patch}")
        self.stride = patch
        self.centre = (patch - 1) / 2
        self.n_channels = n_channels
        n_patches = (_TRAINED_PX // patch) ** 2
        self.cls_token = nn.Parameter(torch.zeros(1, 1, n_channels))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + n_patches, n_channels))
        self.patch_embed = _PatchEmbedding(n_channels, patch)
        self.blocks = nn.ModuleList([_Block(n_channels, n_heads) for _ in range(n_blocks)])
        self.norm = nn.LayerNorm(n_channels, eps=_EPSILON)
        for embedding in (self.cls_token, self.pos_embed):
            nn.init.trunc_normal_(embedding, std=0.02)

    def forward(self, pictures: Tensor) -> Features:
        """Return the features of `pictures`; see `Encoder.forward`. There is no fine head."""
        rows, columns = (math.ceil(size / self.stride) for size in pictures.shape[-2:])
        down, across = rows * self.stride - pictures.shape[-2], columns * self.stride - pictures.shape[-1]
        if down or across:
            pictures = F.pad(pictures, (0, across, 0, down), mode="replicate")
        tokens = self.patch_embed.proj(pictures).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(tokens), -1, -1).to(tokens.dtype), tokens], 1)
        x = x + self._positions(rows, columns)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)[:, 1:]  # without the token that stands for the whole picture
        return Features(unit(x.transpose(1, 2).unflatten(2, (rows, columns))), None)

    def _positions(self, rows: int, columns: int) -> Tensor:
        """Return the position embeddings of a grid of patches, (1, 1 + rows * columns, C)."""
        side = math.isqrt(self.pos_embed.shape[1] - 1)
        if (rows, columns) == (side, side):
            return self.pos_embed
        of_patches = self.pos_embed[:, 1:].transpose(1, 2).unflatten(2, (side, side))
        resampled = F.interpolate(of_patches, (rows, columns), mode="bicubic", align_corners=False)
        return torch.cat([self.pos_embed[:, :1], resampled.flatten(2).transpose(1, 2)], 1)


class _PatchEmbedding(nn.Module):
    def __init__(self, n_channels: int, patch: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, n_channels, patch, patch)


class _Block(nn.Module):
    def __init__(self, n_channels: int, n_heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(n_channels, eps=_EPSILON)
        self.attn = _Attention(n_channels, n_heads)
        self.norm2 = nn.LayerNorm(n_channels, eps=_EPSILON)
        self.mlp = _Perceptron(n_channels)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class _Attention(nn.Module):
    def __init__(self, n_channels: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(n_channels, 3 * n_channels)
        self.proj = nn.Linear(n_channels, n_channels)

    def forward(self, x: Tensor) -> Tensor:
        # (B, N, 3C) to three of (B, heads, N, C / heads)
        query, key, value = self.qkv(x).unflatten(2, (3, self.n_heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self.proj(mixed.transpose(1, 2).flatten(2))


class _Perceptron(nn.Module):
    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(n_channels, 4 * n_channels)
        self.fc2 = nn.Linear(4 * n_channels, n_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))
