"""Enter one of the two Django projects for a while, inside one test process, and leave no trace.

Django knows one settings module per process. The server and the desk are two
projects, and pytest runs both in the same process; so a test enters the project it
is about, and on leaving everything is put back as it was, even to "not configured".

    with django_project("safelight.desk.settings"): ...

Models can be imported once their project has been entered for the first time; they
stay in sys.modules and come to life again each time it is entered.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.local import Local
from django.apps import apps
from django.conf import Settings, settings
from django.db import connections, router
from django.template import engines
from django.template.engine import Engine
from django.template.utils import get_app_template_dirs
from django.urls import clear_url_caches, set_urlconf
from django.utils.functional import empty
from django.utils.log import configure_logging

_LOGGERS = ("safelight", "django", "django.request", "django.server")
_APPS_STATE = ("app_configs", "apps_ready", "models_ready", "ready", "loading")


@contextmanager
def django_project(settings_module: str) -> Iterator[None]:
    """Enter the project whose settings module this is; projects may be nested."""
    before_settings: Any = settings._wrapped
    before_environment = os.environ.get("DJANGO_SETTINGS_MODULE")
    before_apps = {name: getattr(apps, name) for name in _APPS_STATE}
    before_connections = connections._connections, connections._settings
    before_logging = {name: _state_of(logging.getLogger(name)) for name in _LOGGERS}
    before_databases = connections.__dict__.pop("settings", None)
    try:
        os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
        settings._wrapped = Settings(settings_module)
        apps.app_configs = {}
        apps.apps_ready = apps.models_ready = apps.ready = apps.loading = False
        connections._settings = None
        connections._connections = Local(connections.thread_critical)
        _forget_what_settings_made()
        configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
        apps.populate(settings.INSTALLED_APPS)
        yield
    finally:
        connections.close_all()
        connections._connections, connections._settings = before_connections
        connections.__dict__.pop("settings", None)
        if before_databases is not None:
            connections.__dict__["settings"] = before_databases
        settings._wrapped = before_settings
        for name, value in before_apps.items():
            setattr(apps, name, value)
        if before_environment is None:
            os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        else:
            os.environ["DJANGO_SETTINGS_MODULE"] = before_environment
        for name, (level, handlers, propagate, disabled) in before_logging.items():
            logger = logging.getLogger(name)
            logger.setLevel(level)
            logger.handlers[:] = handlers
            logger.propagate, logger.disabled = propagate, disabled
        if before_settings is not empty:
            apps.clear_cache()
        _forget_what_settings_made()


def _state_of(logger: logging.Logger) -> tuple[int, list[logging.Handler], bool, bool]:
    return logger.level, list(logger.handlers), logger.propagate, logger.disabled


def _forget_what_settings_made() -> None:
    """Clear what Django derives from settings once and keeps (compare django/test/signals.py)."""
    from django.forms.renderers import get_default_renderer
    from django.utils import timezone
    from django.utils.formats import reset_format_cache
    from django.utils.translation import trans_real

    clear_url_caches()
    set_urlconf(None)
    engines.__dict__.pop("templates", None)
    engines._engines = {}
    Engine.get_default.cache_clear()
    get_app_template_dirs.cache_clear()
    get_default_renderer.cache_clear()
    timezone.get_default_timezone.cache_clear()
    reset_format_cache()
    trans_real._translations = {}
    trans_real._default = None
    trans_real._active = Local()
    trans_real.get_languages.cache_clear()
    trans_real.translation_catalog_exists.cache_clear()
    trans_real._get_supported_language_variant.cache_clear()
    router.__dict__.pop("routers", None)
