"""Pages about people: login, the own password, the people an administrator looks after, and
the trail of what they all did."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from livelihood.organisation.access import Permission, requires
from livelihood.organisation.documents.tables import Table
from livelihood.organisation.downloads import excel_download
from livelihood.organisation.filters import AuditFilter, PeopleFilter
from livelihood.organisation.forms import LoginForm, OwnPasswordForm, PersonForm
from livelihood.organisation.models import LogEntry
from livelihood.organisation.operations.audit import (
    EXPORT_LIMIT,
    history,
    record_failed_login,
    record_login,
    record_logout,
)
from livelihood.organisation.operations.people import (
    Changed,
    Refused,
    add_person,
    change_own_password,
    change_person,
    for_list,
    manageable,
    reset_password,
    set_active,
)
from livelihood.organisation.seal import KEPT_DAYS
from livelihood.organisation.tables import COLUMNS, audit_rows
from livelihood.organisation.words import cn_datetime

PEOPLE_PER_PAGE = 100
AUDIT_PER_PAGE = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HISTORY_ROWS = 10
# What was sent cannot be taken as it is; or: somebody else was faster.
UNPROCESSABLE, CONFLICT = 422, 409


class Login(LoginView):
    """Username and password; axes answers instead of it while an account is locked."""

    template_name = "organisation/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True
    # Django would put the host's name here.
    extra_context = {"site_name": settings.SITE_NAME}

    def form_valid(self, form):
        response = super().form_valid(form)
        record_login(form.get_user())
        return response

    def form_invalid(self, form):
        if {"username", "password"} <= form.cleaned_data.keys():  # else nothing was tried
            record_failed_login(form.cleaned_data["username"])
        return self.render_to_response(self.get_context_data(form=form), status=UNPROCESSABLE)


class Logout(LogoutView):
    """The end of the session; noted where there was one."""

    def post(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            record_logout(request.user)
        return super().post(request, *args, **kwargs)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@never_cache
def password_change(request):
    """The own password; a person with an initial one sees nothing else before."""
    form = OwnPasswordForm(request.user, _sent(request))
    if form.is_valid():
        change_own_password(by=request.user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, request.user)
        messages.success(request, "密码已修改。您在其他电脑上的登录已全部退出。")
        return redirect("home")
    return render(
        request,
        "organisation/password_change.html",
        {"form": form},
        status=UNPROCESSABLE if form.is_bound else None,
    )


@requires(Permission.MANAGE_PEOPLE)
@require_safe
def people(request):
    """Everybody of the own region and below, by unit."""
    found = PeopleFilter(request.GET, queryset=for_list(request.user, timezone.now()))
    page = Paginator(found.qs, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "organisation/people.html", {"filter": found, "page": page})


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def person_add(request):
    """A new person; the answer shows the initial password, once."""
    form = PersonForm(_sent(request), by=request.user)
    if form.is_valid():
        try:
            added, password = add_person(by=request.user, **form.values())
        except ValidationError as error:
            form.take_errors(error)
        else:
            return _show_password(request, added, password, is_new=True)
    status = UNPROCESSABLE if form.is_bound else None
    return render(request, "organisation/person_add.html", {"form": form}, status=status)


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def person(request, pk):
    """One person's data, to be changed; what else can be done; what was done."""
    found = get_object_or_404(manageable(request.user), pk=pk)
    form = PersonForm(_sent(request), by=request.user, person=found)
    status = UNPROCESSABLE if form.is_bound else None
    if form.is_valid():
        version = form.cleaned_data["version"]
        try:
            saved = change_person(by=request.user, person=found, version=version, **form.values())
        except Changed as changed:
            form.show_conflict(changed.current)
            form.add_error(None, str(changed))
            status = CONFLICT
        except Refused as refused:
            form.add_error(None, str(refused))
        except ValidationError as error:
            form.take_errors(error)
        else:
            messages.success(request, f"“{saved}”的资料已保存。")
            return redirect("people")
    context = {"form": form, "person": found, "history": history(found, HISTORY_ROWS)}
    return render(request, "organisation/person.html", context, status=status)


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def person_password(request, pk):
    """Ask, then replace a forgotten password; the answer shows the new one, once."""
    found = get_object_or_404(manageable(request.user), pk=pk)
    if request.method != "POST":
        return render(request, "organisation/person_password.html", {"person": found})
    try:
        password = reset_password(by=request.user, person=found)
    except Refused as refused:
        return _refuse(request, found, refused)
    return _show_password(request, found, password, is_new=False)


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def person_state(request, pk, active):
    """Ask, then switch an account off or on."""
    found = get_object_or_404(manageable(request.user), pk=pk)
    if request.method != "POST":
        context = {"person": found, "active": active}
        return render(request, "organisation/person_state.html", context)
    try:
        set_active(by=request.user, person=found, active=active)
    except Refused as refused:
        return _refuse(request, found, refused)
    messages.success(request, f"已{'启用' if active else '停用'}“{found}”的账号。")
    return redirect("person", pk)


@requires(Permission.READ_AUDIT)
@require_safe
@never_cache
def audit(request):
    """Who did what, when, from where: the trail of the own region, newest first."""
    found = AuditFilter(request.GET, queryset=LogEntry.objects.visible_to(request.user))
    return _audit_page(request, found)


@requires(Permission.READ_AUDIT)
@require_safe
@never_cache
def audit_excel(request):
    """What the page shows, as Excel, up to ``EXPORT_LIMIT`` rows."""
    found = AuditFilter(request.GET, queryset=LogEntry.objects.visible_to(request.user))
    if not found.form.is_valid():
        return _audit_page(request, found)
    number = found.qs.count()
    if number > EXPORT_LIMIT:
        refused = f"符合条件的记录有{number}条，一次最多导出{EXPORT_LIMIT}条，"
        return _audit_page(request, found, f"{refused}请缩短起止日期后再导出。")
    notes = [f"{cn_datetime(timezone.localtime())}导出，共{number}条。"]
    if asked := found.describe():
        notes.append(f"条件：{asked}。")
    # Read before the export is one of them.
    rows = tuple(row.values() for row in audit_rows(_shown(found), request.user))
    table = Table("操作记录", "操作记录", COLUMNS, rows, tuple(notes))
    unit = request.user.unit
    return excel_download(
        request,
        unit and unit.region,
        [table],
        f"操作记录_{timezone.localdate():%Y%m%d}",
        summary=f"导出操作记录。{''.join(notes)}",
    )


def _shown(found):
    """The rows that a filter leaves, with what their words need and nothing more."""
    unread = ("serialized_data", "changes_text", "additional_data")
    return found.qs.select_related("content_type").defer(*unread)


def _audit_page(request, found, refused=""):
    rows = _shown(found) if found.form.is_valid() else LogEntry.objects.none()
    page = Paginator(rows, AUDIT_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": found,
        "asked": found.describe(),
        "page": page,
        "rows": audit_rows(page.object_list, request.user),
        "refused": refused,
        "query": request.GET.urlencode(),
        "kept_days": KEPT_DAYS,
    }
    status = UNPROCESSABLE if refused or not found.form.is_valid() else None
    return render(request, "organisation/audit.html", context, status=status)


def _sent(request):
    return request.POST if request.method == "POST" else None


def _show_password(request, shown, password, is_new):
    context = {"person": shown, "password": password, "is_new": is_new}
    return render(request, "organisation/initial_password.html", context)


def _refuse(request, found, refused):
    """Back to the person's page, with the reason, as a refusal and not as a success."""
    form = PersonForm(by=request.user, person=found)
    context = {
        "form": form,
        "person": found,
        "history": history(found, HISTORY_ROWS),
        "refused": str(refused),
    }
    return render(request, "organisation/person.html", context, status=CONFLICT)
