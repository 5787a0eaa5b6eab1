"""The product's own settings; besides its pages it serves the null views."""

from livelihood.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
