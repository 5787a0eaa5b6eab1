"""What holds for every request of a person who is logged in."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from livelihood.organisation.operations.audit import record_logout
from livelihood.organisation.origin import answering

SEEN = "seen"
# What a person with an initial password may still open.
OPEN_BEFORE_CHANGE = frozenset({"password_change", "logout"})


def note_origin(get_response):
    """Let the audit trail know from where the request comes, and who sent it."""

    def answer(request):
        with answering(request):
            return get_response(request)

    return answer


class SessionRules:
    """An idle session ends; an initial password is changed before anything else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if "HX-Request" in request.headers and _leads_away(response):
            # htmx asked for a part of the page: the login belongs in its place, not inside.
            return HttpResponse(headers={"HX-Redirect": response["Location"]})
        return response

    def process_view(self, request, view, args, kwargs):
        if not request.user.is_authenticated:
            return None
        now = int(time.time())
        if _is_idle(request, now):
            record_logout(request.user, idle=True)
            logout(request)
            return None if _is_open(view) else _ask_to_log_in(request)
        _remember(request, now)
        if (
            request.user.must_change_password
            and request.resolver_match.url_name not in OPEN_BEFORE_CHANGE
        ):
            return redirect("password_change")
        return None


def _leads_away(response):
    """Whether the answer is the way to the login or to the change of the password."""
    return response.status_code == 302 and response["Location"].startswith(
        (reverse("login"), reverse("password_change"))
    )


def _is_idle(request, now):
    return now - request.session.get(SEEN, now) > settings.IDLE_MINUTES * 60


def _is_open(view):
    """Whether the page may be opened by anybody (Django's login_not_required)."""
    return not getattr(view, "login_required", True)


def _ask_to_log_in(request):
    messages.info(request, f"超过{settings.IDLE_MINUTES}分钟没有操作，已自动退出，请重新登录。")
    # What was being sent cannot be sent again by coming back to its address.
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")


def _remember(request, now):
    """Note the time of this request, but not of each one: reading pages should not cost a
    write each. A tenth of the idle time at most is lost by that, and a minute at most."""
    seen = request.session.get(SEEN)
    if seen is None or now - seen > min(60, settings.IDLE_MINUTES * 6):
        request.session[SEEN] = now
