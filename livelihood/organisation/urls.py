from django.contrib.auth.decorators import login_not_required
from django.urls import path

from livelihood.organisation import views

urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    # Open, since whose session has just ended would else be sent through the login to a
    # page that only takes a form.
    path("logout/", login_not_required(views.Logout.as_view()), name="logout"),
    path("password/", views.password_change, name="password_change"),
    path("audit/", views.audit, name="audit"),
    path("audit.xlsx", views.audit_excel, name="audit_excel"),
    path("people/", views.people, name="people"),
    path("people/add/", views.person_add, name="person_add"),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/password/", views.person_password, name="person_password"),
    path(
        "people/<int:pk>/deactivate/",
        views.person_state,
        {"active": False},
        name="person_deactivate",
    ),
    path("people/<int:pk>/activate/", views.person_state, {"active": True}, name="person_activate"),
]
