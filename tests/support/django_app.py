"""A Django application with a few views, in one module."""

import asyncio

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path


async def hello(request):
    return HttpResponse("hello")


async def wait(request):
    request.scope["reached"].set()
    await asyncio.Event().wait()


async def boom(request):
    raise RuntimeError("boom")


urlpatterns = [path("hello", hello), path("wait", wait), path("boom", boom)]


def django_app():
    if not settings.configured:
        settings.configure(
            ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="of a test", LOGGING_CONFIG=None
        )
        django.setup()
    return get_asgi_application()
