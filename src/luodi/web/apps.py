from django.apps import AppConfig


class WebConfig(AppConfig):
    """Looks only: templates, components, the front end's sources. It has no models."""

    name = "luodi.web"
    label = "web"
