"""The product's own settings and Django's admin, whose change list is a peer."""

from livelihood.settings import *  # noqa: F403
from livelihood.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.admin"]
ROOT_URLCONF = "benchmarks.admin_site"
