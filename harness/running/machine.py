"""What a model runs on: device, threads, and the builds of the libraries that do the arithmetic."""

from __future__ import annotations

import os
import platform
from typing import Any

from harness.config.settings import ModelSettings
from harness.running.models import ALL_LAYERS, device_of, threads_of


def describe_machine(model: ModelSettings) -> dict[str, Any]:
    """As plain data. To be asked when the model is loaded: that is what sets torch's threads."""
    return {
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "threads": _threads(model),
        "visible_devices": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "build": _llama_cpp() if model.backend == "llamacpp" else _torch(),
    }


def device_name(model: ModelSettings) -> str:
    """Where the model computes, with the GPU's name where torch is asked."""
    if model.backend == "llamacpp":
        return _llama_cpp_device(model)
    if model.device_map:
        return f"device_map={model.device_map} ({_visible_gpus()})"
    device = device_of(model)
    if not device.startswith("cuda"):
        return device
    import torch

    return f"{device} ({torch.cuda.get_device_name(device)})"


def _visible_gpus() -> str:
    import torch

    names = [torch.cuda.get_device_name(device) for device in range(torch.cuda.device_count())]
    return ", ".join(names) or "no GPU"


def _llama_cpp_device(model: ModelSettings) -> str:
    """llama.cpp takes what it was built for: a GPU that only torch knows is none to it."""
    import llama_cpp

    layers = ALL_LAYERS if model.gpu_layers is None else model.gpu_layers
    if model.device == "cpu" or layers == 0 or not llama_cpp.llama_supports_gpu_offload():
        return "cpu"
    return "gpu (all layers)" if layers == ALL_LAYERS else f"gpu ({layers} layers)"


def _threads(model: ModelSettings) -> int | None:
    if model.backend == "llamacpp":
        return threads_of(model) or os.cpu_count()
    import torch

    return torch.get_num_threads()


def _torch() -> dict[str, str | None]:
    import torch

    return {"torch": torch.version.git_version, "cuda": torch.version.cuda, "hip": torch.version.hip}


def _llama_cpp() -> dict[str, str]:
    """The version that the library states, and what its kernels use of the processor."""
    import llama_cpp

    version = getattr(llama_cpp, "llama_version", None)  # not in older releases
    stated = version().decode(errors="replace") if version else "not stated"
    return {"llama.cpp": stated, "system": llama_cpp.llama_print_system_info().decode(errors="replace").strip(" |")}
