"""Pages of the site itself: what went wrong, and what to do now. Never a traceback.

And one for machines: whether it works at all.
"""

import logging
import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from livelihood.organisation.access import Role
from livelihood.organisation.operations.audit import record_refusal

logger = logging.getLogger(__name__)


@login_not_required
@require_safe
def health(request):
    """200 and "ok" as long as the site and its database answer, else 503; for monitoring."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        logger.exception("the database does not answer")
        return HttpResponse("database", content_type="text/plain", status=503)
    return HttpResponse("ok", content_type="text/plain")


def bad_request(request, exception=None):
    """400: the request itself is broken."""
    return _error(
        request,
        400,
        "请求有误",
        "浏览器发来的地址或内容不完整，系统无法处理。",
        "请返回上一页重新操作；如果地址是复制或手工输入的，请核对是否完整。",
    )


def permission_denied(request, exception=None):
    """403: the person's role does not allow it, or nobody is logged in."""
    user = request.user
    if not user.is_authenticated:
        return _error(
            request,
            403,
            "请先登录",
            "这个页面只对登录的人员开放。",
            "请登录后再打开。没有账号的，请联系本地区的系统管理员。",
        )
    record_refusal(user, method=request.method, path=request.get_full_path())
    return _error(
        request,
        403,
        "没有权限",
        f"您以“{user}”（{Role(user.role).label}）登录，这个角色不能进行这项操作。",
        "工作需要的，请联系本地区的系统管理员调整角色。",
    )


def page_not_found(request, exception=None):
    """404: it does not exist, or not for this person; which of the two is not told."""
    return _error(
        request,
        404,
        "找不到这个页面",
        "地址可能有误，内容可能已经移走，或者不在您的查看范围内。",
        "请核对地址，或从总览重新进入。",
    )


def method_not_allowed(request):
    """405: the address takes another kind of request, such as a form that is sent."""
    return _error(
        request,
        405,
        "不能直接打开这个地址",
        "这个地址只用于提交页面上的操作，不能直接打开或刷新。",
        "请返回上一页，用页面上的按钮操作。",
    )


def server_error(request):
    """500: our fault. Neither database nor session is asked: they may be what failed."""
    number = f"{secrets.randbelow(10**8):08}"
    logger.error("error number %s: %s %s", number, request.method, request.path)
    page = render_to_string(
        "error.html",
        {
            "site_name": settings.SITE_NAME,
            "code": 500,
            "title": "系统出错了",
            "what_happened": "刚才的操作没有完成，错误已经记录。",
            "what_to_do": "请稍后重试。仍然出错的，请把错误编号和正在做的操作告诉系统管理员。",
            "number": number,
        },
    )
    return HttpResponse(page, status=500)


def csrf_failure(request, reason=""):
    """403: the form's secret is missing or outdated, so it may have come from elsewhere."""
    return _error(
        request,
        403,
        "页面已失效",
        "这个页面打开得太久，或者期间重新登录过，提交的内容没有保存。",
        "请返回上一页，刷新后重新提交。反复出现的，请检查浏览器是否禁用了Cookie。",
    )


def _error(request, code, title, what_happened, what_to_do):
    context = {
        "code": code,
        "title": title,
        "what_happened": what_happened,
        "what_to_do": what_to_do,
    }
    return render(request, "error.html", context, status=code)
