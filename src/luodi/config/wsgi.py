"""The WSGI application that granian serves."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "luodi.config.settings")
application = get_wsgi_application()
# What was loaded stays; a page makes some thousand objects that die with it. Looking for cycles among them at every
# seven hundredth costs a page of the library two milliseconds.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
