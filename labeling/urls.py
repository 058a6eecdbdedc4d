"""Every address, in the order of the journey: outputs come in, are routed, labelled, settled; then the house itself."""

from django.contrib.auth import views as auth_views
from django.urls import path

from labeling.api import api
from labeling.views import (
    adjudication,
    agreement,
    audit,
    exports,
    gold,
    health,
    home,
    ingest,
    items,
    judges,
    labels,
    people,
    projects,
    queues,
    reviews,
    routing,
    rubrics,
    sessions,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("first-steps/", projects.first_steps, name="first_steps"),
    path("p/<slug:slug>/", projects.project, name="project"),
    # Outputs come in
    path("p/<slug:slug>/import/", ingest.ingest, name="ingest"),
    path("p/<slug:slug>/import/<int:batch_id>/", ingest.batch, name="batch"),
    path("p/<slug:slug>/items/", items.items, name="items"),
    path("p/<slug:slug>/items/<int:item_id>/", items.item, name="item"),
    # Routing decides which of them a person sees
    path("p/<slug:slug>/routing/", routing.routing, name="routing"),
    path("p/<slug:slug>/routing/policies/new/", routing.new_policy, name="new_policy"),
    path("p/<slug:slug>/routing/policies/<int:number>/", routing.policy, name="policy"),
    path("p/<slug:slug>/routing/policies/<int:number>/rollbacks/", routing.rollbacks, name="rollbacks"),
    # They wait in queues, against a rubric, with gold among them
    path("p/<slug:slug>/rubrics/", rubrics.rubrics, name="rubrics"),
    path("p/<slug:slug>/rubrics/<int:version_id>/", rubrics.rubric_version, name="rubric_version"),
    path("p/<slug:slug>/queues/", queues.queues, name="queues"),
    path("p/<slug:slug>/gold/", gold.gold, name="gold"),
    path("p/<slug:slug>/gold/<int:case_id>/retirements/", gold.retirements, name="retirements"),
    path("p/<slug:slug>/items/<int:item_id>/gold/", gold.new_gold_case, name="new_gold_case"),
    # Reviewers label them, blinded
    path("queues/<int:queue_id>/hand-outs/", reviews.hand_outs, name="hand_outs"),
    path("queues/<int:queue_id>/", reviews.empty_queue, name="empty_queue"),
    path("review/<slug:token>/", reviews.desk, name="desk"),
    path("review/<slug:token>/draft/", reviews.draft, name="draft"),
    path("review/<slug:token>/heartbeat/", reviews.heartbeat, name="heartbeat"),
    path("review/<slug:token>/postponements/", reviews.postponements, name="postponements"),
    path("review/<slug:token>/withdrawals/", reviews.withdrawals, name="withdrawals"),
    # Labels become final
    path("p/<slug:slug>/disputes/", adjudication.disputes, name="disputes"),
    path("p/<slug:slug>/disputes/<int:entry_id>/", adjudication.dispute, name="dispute"),
    path("p/<slug:slug>/labels/", labels.final_labels, name="final_labels"),
    path("p/<slug:slug>/exports/<slug:what>/", exports.export, name="export"),
    # They say whether the people can be trusted, and whether the judge can
    path("p/<slug:slug>/agreement/", agreement.agreement, name="agreement"),
    path("p/<slug:slug>/agreement/<int:run_id>/<slug:key>/", agreement.question, name="agreement_question"),
    path("p/<slug:slug>/judges/", judges.judges, name="judges"),
    path("p/<slug:slug>/judges/<int:judge_version_id>/", judges.judge, name="judge"),
    # People, services and the record of it all
    path("p/<slug:slug>/people/", people.people, name="people"),
    path("p/<slug:slug>/people/<int:membership_id>/removals/", people.removals, name="removals"),
    path("p/<slug:slug>/tokens/", people.tokens, name="tokens"),
    path("p/<slug:slug>/tokens/<int:token_id>/revocations/", people.revocations, name="revocations"),
    path("p/<slug:slug>/audit/", audit.audit, name="audit"),
    path("login/", sessions.log_in, name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("account/password/", sessions.change_password, name="change_password"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", api.urls),
]
