"""The registers room as a Django app."""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "milenari.registers"
    label = "registers"
