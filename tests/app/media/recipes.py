"""The clips that tests of exact access are run on, one for each way in which containers and codecs lead astray."""

import numpy as np

from tests.app.media.clips import Recipe

OPEN_GROUPS = {"x264-params": "open-gop=1:b-pyramid=2:scenecut=0"}
HEVC_OPEN_GROUPS = {
    "x265-params": "log-level=none:open-gop=1:keyint=10:min-keyint=10:bframes=3:scenecut=0:pools=none:frame-threads=1"
}

RECIPES = {
    "h264 with B-frames": Recipe(".mp4", "libx264", options={"x264-params": "scenecut=0"}, b_frames=3),
    "h264 in one group": Recipe(".mp4", "libx264", options={"x264-params": "scenecut=0"}, b_frames=3, gop=250),
    "h264 in open groups": Recipe(".mp4", "libx264", options=OPEN_GROUPS, b_frames=3),
    "h264 in open groups, mkv": Recipe(".mkv", "libx264", options=OPEN_GROUPS, b_frames=3),
    "h264 in open groups, ts": Recipe(".ts", "libx264", options=OPEN_GROUPS, b_frames=3),
    "h264 in open groups, flv": Recipe(".flv", "libx264", options=OPEN_GROUPS, b_frames=3),
    "h264 in fragments": Recipe(".mp4", "libx264", b_frames=3, muxer={"movflags": "frag_keyframe+empty_moov"}),
    "h264 with rolling refresh": Recipe(".mp4", "libx264", options={"x264-params": "intra-refresh=1"}, gop=15),
    "h264 in fields": Recipe(".mp4", "libx264", options={"flags": "+ildct+ilme"}, b_frames=2),
    "h264 without times": Recipe(".h264", "libx264", b_frames=3),
    "h264 in avi": Recipe(".avi", "libx264", b_frames=3),
    "h264 grey": Recipe(".mp4", "libx264", "gray"),
    "h264 of 10 bit": Recipe(".mp4", "libx264", "yuv420p10le", b_frames=3),
    "h264 of odd size": Recipe(".mp4", "libx264", "yuv444p", size=(97, 65)),
    "hevc in open groups": Recipe(".mp4", "libx265", options=HEVC_OPEN_GROUPS),
    "mpeg4 in avi with B-frames": Recipe(".avi", "mpeg4", b_frames=2),
    "mpeg2 in ts": Recipe(".ts", "mpeg2video", b_frames=2),
    "mpeg2 in a program stream": Recipe(".mpg", "mpeg2video", b_frames=2),
    "vp8 with hidden frames": Recipe(".webm", "libvpx", options={"auto-alt-ref": "1", "lag-in-frames": "16"}),
    "vp9": Recipe(".webm", "libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8"}),
    "gif": Recipe(".gif", "gif", "rgb8"),
    "apng": Recipe(".apng", "apng", "rgb24"),
    "ffv1 of 10 bit": Recipe(".mkv", "ffv1", "yuv420p10le"),
    "prores": Recipe(".mov", "prores_ks", "yuv422p10le"),
    "mjpeg": Recipe(".avi", "mjpeg", "yuvj420p"),
    "qtrle": Recipe(".mov", "qtrle", "rgb24"),
    "wmv": Recipe(".wmv", "wmv2"),
    "uneven times": Recipe(
        ".mp4",
        "libx264",
        stamps=tuple(np.cumsum(np.random.default_rng(0).integers(100, 2000, 40)).tolist()),
        b_frames=3,
    ),
    "late start": Recipe(".mp4", "libx264", stamps=tuple(range(50_000, 50_000 + 40 * 512, 512)), b_frames=3),
}
