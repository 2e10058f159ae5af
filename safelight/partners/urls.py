"""The pages of lists from outside, mounted by the desk at /lists/."""

from __future__ import annotations

from django.urls import path

from safelight.partners import views
from safelight.partners.exchange import views as exchange_views
from safelight.partners.overlap import views as overlap_views

app_name = "partners"
urlpatterns = [
    path("", views.index, name="index"),
    path("overlap/", overlap_views.index, name="overlaps"),
    path("overlap/begin", overlap_views.begin_session, name="overlap-begin"),
    path("overlap/<str:session_id>/", overlap_views.one_session, name="overlap"),
    path("overlap/<str:session_id>/terms", overlap_views.give_terms, name="overlap-terms"),
    path("overlap/<str:session_id>/write", overlap_views.write_terms, name="overlap-write"),
    path("overlap/<str:session_id>/offer", overlap_views.offer_own, name="overlap-offer"),
    path("overlap/<str:session_id>/message", overlap_views.give_message, name="overlap-message"),
    path("overlap/<str:session_id>/end", overlap_views.end_session, name="overlap-end"),
    path("overlap/<str:session_id>/file/<str:name>", overlap_views.one_file, name="overlap-file"),
    path("exchange/", exchange_views.index, name="exchanges"),
    path("exchange/begin", exchange_views.begin, name="exchange-begin"),
    path("exchange/<str:partner_id>/", exchange_views.one_partner, name="exchange"),
    path("exchange/<str:partner_id>/card", exchange_views.card, name="exchange-card"),
    path("exchange/<str:partner_id>/compare", exchange_views.compare, name="exchange-compare"),
    path("exchange/<str:partner_id>/believe", exchange_views.believe, name="exchange-believe"),
    path("exchange/<str:partner_id>/send", exchange_views.send, name="exchange-send"),
    path("exchange/<str:partner_id>/take", exchange_views.take, name="exchange-take"),
    path("exchange/<str:partner_id>/end", exchange_views.end, name="exchange-end"),
    path("<str:list_id>/", views.one_list, name="list"),
]
