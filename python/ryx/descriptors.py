# SPDX-License-Identifier: MIT
"""What classes of models have for their relations."""
from .related import ManyToManyManager, Related as ForwardDescriptor, ReverseFKManager

__all__ = ["ForwardDescriptor", "ManyToManyManager", "ReverseFKManager"]
