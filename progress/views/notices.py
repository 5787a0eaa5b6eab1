"""提醒: what a person was told, and marking it as read."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from progress.operations.notices import mark_read, notices_of, unread_notices, url_of
from progress.rules.keys import key_of
from progress.views.common import NOTICES_READ

SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def notices(request):
    """The own notices, those not read first; POST marks one (``pk``) or all as read, and
    leads with ``do=open`` to what the one is about."""
    if request.method == "POST":
        one = key_of(request.POST.get("pk"))
        if request.POST.get("pk") and one is None:
            return redirect("notices")
        marked = mark_read(by=request.user, pk=one)
        request.session[NOTICES_READ] = timezone.now().isoformat()
        target = one and request.POST.get("do") == "open" and url_of(request.user, one)
        if target:
            return redirect(target)
        messages.success(request, f"{marked}条提醒已标为已读。" if marked else "没有未读的提醒。")
        return redirect("notices")
    context = {
        "notices": notices_of(request.user)[:SHOWN],
        "unread": unread_notices(request.user),
        "limit": SHOWN,
    }
    return render(request, "progress/notices.html", context)
