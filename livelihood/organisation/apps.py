from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "livelihood.organisation"
    label = "organisation"
    verbose_name = "地区、单位与人员"
