"""The first schema: sites, articles, comments, verdicts, decisions, events; and what the database itself holds true.

Revises: nothing.
"""

import sqlalchemy as sa
from alembic import op

from service.store.base import Id, Json, UtcTime

revision = "0001"
down_revision = None

APPEND_ONLY = ("verdicts", "decisions", "policies", "audit")
_EVENT = "id, site_id, comment_id, type, data, created_at"
"""What of an event never changes: all but whether it has been told."""

_SQLITE = [
    *(
        f"CREATE TRIGGER {table}_append_only_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} are only ever added'); END"
        for table in APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    ),
    *(
        f"CREATE TRIGGER events_append_only_{verb.partition(' ')[0].lower()} BEFORE {verb} ON events "
        "BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END"
        for verb in (f"UPDATE OF {_EVENT}", "DELETE")
    ),
    """CREATE TRIGGER comments_begin_pending BEFORE INSERT ON comments WHEN NEW.status <> 'pending'
    BEGIN SELECT RAISE(ABORT, 'a comment begins pending'); END""",
    """CREATE TRIGGER comments_published_with_cause BEFORE UPDATE OF status ON comments
    WHEN NEW.status = 'published' AND OLD.status <> 'published'
    BEGIN
        SELECT RAISE(ABORT, 'nothing is published without a verdict or a decision')
        WHERE NOT EXISTS (SELECT 1 FROM verdicts WHERE comment_id = NEW.id AND revision = NEW.revision
                          AND action = 'publish')
          AND NOT EXISTS (SELECT 1 FROM decisions WHERE comment_id = NEW.id AND version = OLD.version
                          AND action = 'publish');
    END""",
    """CREATE TRIGGER comments_removed_is_final BEFORE UPDATE OF status ON comments
    WHEN OLD.status = 'removed' AND NEW.status <> 'removed'
    BEGIN SELECT RAISE(ABORT, 'removed is final'); END""",
]

_POSTGRESQL = [
    """CREATE FUNCTION moderato_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% are only ever added', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END
    $$""",
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION moderato_append_only()"
        for table in APPEND_ONLY
    ),
    f"""CREATE TRIGGER events_append_only BEFORE UPDATE OF {_EVENT} OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION moderato_append_only()""",
    """CREATE FUNCTION moderato_comment_status() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.status <> 'pending' THEN
                RAISE EXCEPTION 'a comment begins pending' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        ELSIF OLD.status = 'removed' THEN
            RAISE EXCEPTION 'removed is final' USING ERRCODE = 'integrity_constraint_violation';
        ELSIF NEW.status = 'published'
            AND NOT EXISTS (SELECT 1 FROM verdicts WHERE comment_id = NEW.id AND revision = NEW.revision
                            AND action = 'publish')
            AND NOT EXISTS (SELECT 1 FROM decisions WHERE comment_id = NEW.id AND version = OLD.version
                            AND action = 'publish') THEN
            RAISE EXCEPTION 'nothing is published without a verdict or a decision'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END
    $$""",
    """CREATE TRIGGER comments_begin BEFORE INSERT ON comments
    FOR EACH ROW EXECUTE FUNCTION moderato_comment_status()""",
    """CREATE TRIGGER comments_move BEFORE UPDATE OF status ON comments
    FOR EACH ROW WHEN (NEW.status IS DISTINCT FROM OLD.status) EXECUTE FUNCTION moderato_comment_status()""",
]


def upgrade() -> None:

    op.create_table(
        "sites",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("origins", Json, nullable=False),
        sa.Column("languages", Json, nullable=False),
        sa.Column("rules", Json, nullable=False),
        sa.Column("reserved_names", Json, nullable=False),
        sa.Column("wordings", Json, nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("bans_version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("name", name=op.f("uq_sites_name")),
    )
    op.create_table(
        "articles",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("title_confirmed", sa.Boolean(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("published_at", UtcTime(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("published_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("published_count >= 0", name=op.f("ck_articles_count")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_articles_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("site_id", "key", name=op.f("uq_articles_site_id_key")),
    )
    op.create_table(
        "authors",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("author_key", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("published_count", sa.Integer(), nullable=False),
        sa.Column("rejected_count", sa.Integer(), nullable=False),
        sa.Column("throwaway", sa.Boolean(), nullable=False),
        sa.Column("on_hold", sa.Boolean(), nullable=False),
        sa.Column("badge", sa.String(length=40), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("published_count >= 0 AND rejected_count >= 0", name=op.f("ck_authors_counts")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_authors_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authors")),
        sa.UniqueConstraint("site_id", "author_key", name=op.f("uq_authors_site_id_author_key")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", Id, nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("role", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "role IN ('moderator', 'editor', 'owner', 'auditor', 'service')", name=op.f("ck_tokens_role")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_tokens_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("prefix", name=op.f("uq_tokens_prefix")),
    )
    op.create_index("ix_tokens_site", "tokens", ["site_id"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("token_id", Id, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_sign_ins_token_id")),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_sign_ins")),
    )
    op.create_index("ix_sign_ins_token", "sign_ins", ["token_id"], unique=False)
    op.create_index("ix_sign_ins_expires_at", "sign_ins", ["expires_at"], unique=False)
    op.create_table(
        "comments",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("article_id", Id, nullable=False),
        sa.Column("parent_id", Id, nullable=True),
        sa.Column("author_id", Id, nullable=True),
        sa.Column("depth", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(length=9), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("awaiting", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=245), nullable=False),
        sa.Column("website", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("address_key", sa.BigInteger(), nullable=False),
        sa.Column("text_key", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Float(precision=53), nullable=True),
        sa.Column("reasons", sa.String(length=1000), nullable=False),
        sa.Column("checks", sa.String(length=1000), nullable=False),
        sa.Column("decided", sa.Boolean(), nullable=False),
        sa.Column("urgent_at", UtcTime(), nullable=False),
        sa.Column("teaches", sa.Float(precision=53), nullable=False),
        sa.Column("published_replies", sa.Integer(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("open_reports", sa.Integer(), nullable=False),
        sa.Column("reported_at", UtcTime(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("lane", sa.String(length=5), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("holder", sa.String(length=100), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("edited_at", UtcTime(), nullable=True),
        sa.CheckConstraint("status <> 'published' OR html IS NOT NULL", name=op.f("ck_comments_rendered")),
        sa.CheckConstraint(
            "status <> 'removed' OR (body = '' AND name = '' AND html IS NULL AND author_id IS NULL)",
            name=op.f("ck_comments_scrubbed"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'held', 'published', 'rejected', 'removed')", name=op.f("ck_comments_status")
        ),
        sa.CheckConstraint("lane IN ('judge', 'score')", name=op.f("ck_comments_lane")),
        sa.CheckConstraint("(depth = 0) = (parent_id IS NULL)", name=op.f("ck_comments_parent")),
        sa.CheckConstraint("published_replies >= 0", name=op.f("ck_comments_replies")),
        sa.CheckConstraint("reports >= open_reports AND open_reports >= 0", name=op.f("ck_comments_reports")),
        sa.CheckConstraint(
            "version >= 1 AND revision >= 1 AND depth >= 0 AND attempts >= 0", name=op.f("ck_comments_numbers")
        ),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_comments_article_id")),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_comments_author_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["comments.id"], name=op.f("fk_comments_parent_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_comments_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index("ix_comments_address", "comments", ["address_key", "created_at"], unique=False)
    op.create_index("ix_comments_author", "comments", ["author_id", "created_at", "id"], unique=False)
    reported = "reported_at IS NOT NULL"
    for name, columns, where, on_sqlite in (
        ("awaiting", ["site_id", "created_at"], "awaiting", "awaiting = 1"),
        ("urgent", ["site_id", "urgent_at"], "awaiting", "awaiting = 1"),
        ("teaching", ["site_id", "teaches"], "awaiting", "awaiting = 1"),
        ("awaiting_article", ["article_id", "created_at"], "awaiting", "awaiting = 1"),
        ("urgent_article", ["article_id", "urgent_at"], "awaiting", "awaiting = 1"),
        ("teaching_article", ["article_id", "teaches"], "awaiting", "awaiting = 1"),
        ("reported", ["site_id", "status", "created_at"], reported, reported),
        ("reported_urgent", ["site_id", "status", "urgent_at"], reported, reported),
        ("reported_teaching", ["site_id", "status", "teaches"], reported, reported),
        ("rejected", ["site_id", "decided", "created_at"], "status = 'rejected'", "status = 'rejected'"),
    ):
        op.create_index(
            f"ix_comments_{name}",
            "comments",
            [*columns, "id"],
            unique=False,
            postgresql_where=sa.text(where),
            sqlite_where=sa.text(on_sqlite),
        )
    op.create_index("ix_comments_list", "comments", ["article_id", "status", "created_at", "id"], unique=False)
    op.create_index("ix_comments_parent", "comments", ["parent_id"], unique=False)
    op.create_index(
        "ix_comments_pending",
        "comments",
        ["lane", "created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_comments_status", "comments", ["site_id", "status", "created_at", "id", "decided"], unique=False
    )
    op.create_index("ix_comments_text", "comments", ["text_key", "created_at"], unique=False)
    op.create_index(
        "ix_comments_tombstones",
        "comments",
        ["article_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("published_replies > 0 AND status <> 'published'"),
        sqlite_where=sa.text("published_replies > 0 AND status <> 'published'"),
    )
    op.create_index(
        "ix_comments_unscored",
        "comments",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'held' AND lane = 'score'"),
        sqlite_where=sa.text("status = 'held' AND lane = 'score'"),
    )
    op.create_table(
        "policies",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("article_id", Id, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_policies_article_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_policies_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
    )
    op.create_index(
        "uq_policies_article",
        "policies",
        ["article_id", "version"],
        unique=True,
        postgresql_where=sa.text("article_id IS NOT NULL"),
        sqlite_where=sa.text("article_id IS NOT NULL"),
    )
    op.create_index(
        "uq_policies_site",
        "policies",
        ["site_id", "version"],
        unique=True,
        postgresql_where=sa.text("article_id IS NULL"),
        sqlite_where=sa.text("article_id IS NULL"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", Id, nullable=False),
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=7), nullable=False),
        sa.Column("before", sa.String(length=9), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("closed_reports", sa.Integer(), nullable=False),
        sa.Column("reopened_reports", sa.Integer(), nullable=False),
        sa.Column("token_id", Id, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("action <> 'reject' OR reason IS NOT NULL", name=op.f("ck_decisions_reason")),
        sa.CheckConstraint("closed_reports >= 0 AND reopened_reports >= 0", name=op.f("ck_decisions_reports")),
        sa.CheckConstraint("action IN ('publish', 'hold', 'reject')", name=op.f("ck_decisions_action")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_decisions_comment_id")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_decisions_token_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("comment_id", "version", name=op.f("uq_decisions_comment_id_version")),
    )
    op.create_table(
        "revisions",
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("replaced_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_revisions_comment_id")),
        sa.PrimaryKeyConstraint("comment_id", "revision", name=op.f("pk_revisions")),
    )
    op.create_table(
        "submission_keys",
        sa.Column("site_id", Id, nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_submission_keys_comment_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_submission_keys_site_id")),
        sa.PrimaryKeyConstraint("site_id", "key_hash", name=op.f("pk_submission_keys")),
    )
    op.create_index(op.f("ix_submission_keys_created_at"), "submission_keys", ["created_at"], unique=False)
    op.create_table(
        "verdicts",
        sa.Column("id", Id, nullable=False),
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=7), nullable=False),
        sa.Column("score", sa.Float(precision=53), nullable=False),
        sa.Column("awaits", sa.Boolean(), nullable=False),
        sa.Column("shadow", Json, nullable=True),
        sa.Column("signals", Json, nullable=False),
        sa.Column("weights", Json, nullable=False),
        sa.Column("checks", Json, nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(length=80), nullable=False),
        sa.Column("estimate", Json, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("action IN ('publish', 'hold', 'reject')", name=op.f("ck_verdicts_action")),
        sa.CheckConstraint("score >= 0 AND score <= 1", name=op.f("ck_verdicts_score")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_verdicts_comment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
        sa.UniqueConstraint("comment_id", "revision", name=op.f("uq_verdicts_comment_id_revision")),
    )

    op.create_table(
        "likenesses",
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("band_a", sa.Integer(), nullable=False),
        sa.Column("band_b", sa.Integer(), nullable=False),
        sa.Column("band_c", sa.Integer(), nullable=False),
        sa.Column("band_d", sa.Integer(), nullable=False),
        sa.Column("sketch", sa.String(length=32), nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("cluster_id", Id, nullable=True),
        sa.Column("told_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_likenesses_comment_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_likenesses_site_id")),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_likenesses")),
    )
    op.create_index("ix_likenesses_created_at", "likenesses", ["created_at"], unique=False)
    op.create_index("ix_likenesses_cluster", "likenesses", ["cluster_id", "created_at", "comment_id"], unique=False)
    for band in "abcd":
        op.create_index(f"ix_likenesses_band_{band}", "likenesses", [f"band_{band}", "created_at"], unique=False)
    op.create_table(
        "links",
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_links_comment_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_links_site_id")),
        sa.PrimaryKeyConstraint("comment_id", "domain", name=op.f("pk_links")),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("due", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in (
                "members",
                "authors",
                "articles",
                "waiting",
                "pending",
                "published",
                "rejected",
                "refused",
                "accepted",
            )
        ),
        sa.Column("lesson", sa.String(length=7), nullable=False),
        sa.Column("taught", sa.String(length=7), nullable=False),
        sa.Column("taught_at", UtcTime(), nullable=True),
        sa.Column("first_at", UtcTime(), nullable=False),
        sa.Column("latest_at", UtcTime(), nullable=False),
        sa.Column("counted_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_campaigns_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    for name, column in (("waiting", "waiting"), ("members", "members"), ("latest", "latest_at")):
        op.create_index(f"ix_campaigns_{name}", "campaigns", ["site_id", column, "id"], unique=False)
    op.create_index(
        "ix_campaigns_due",
        "campaigns",
        ["counted_at"],
        unique=False,
        postgresql_where=sa.text("due"),
        sqlite_where=sa.text("due = 1"),
    )
    op.create_index("ix_links_domain", "links", ["site_id", "domain", "created_at", "comment_id"], unique=False)
    op.create_table(
        "reports",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reporter_key", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_reports_comment_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_reports_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("comment_id", "reporter_key", name=op.f("uq_reports_comment_id_reporter_key")),
    )
    op.create_index("ix_reports_comment", "reports", ["comment_id", "created_at", "id"], unique=False)

    op.create_table(
        "audit",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("token_id", Id, nullable=True),
        sa.Column("role", sa.String(length=9), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("object_kind", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.String(length=255), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_audit_site_id")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_audit_token_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_site", "audit", ["site_id", "created_at", "id"], unique=False)
    op.create_index("ix_audit_act", "audit", ["site_id", "act", "created_at", "id"], unique=False)
    op.create_index("ix_audit_token", "audit", ["token_id", "created_at", "id"], unique=False)
    op.create_index("ix_audit_object", "audit", ["site_id", "object_id", "created_at", "id"], unique=False)

    op.create_table(
        "claims",
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("token_id", Id, nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_claims_comment_id")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_claims_token_id")),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_claims")),
    )
    op.create_index("ix_claims_token", "claims", ["token_id"], unique=False)

    op.create_table(
        "bans",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("author_id", Id, nullable=True),
        sa.Column("address_key", sa.BigInteger(), nullable=True),
        sa.Column("pattern", sa.String(length=253), nullable=False),
        sa.Column("action", sa.String(length=6), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("token_id", Id, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("lifted_at", UtcTime(), nullable=True),
        sa.Column("lifted_by", Id, nullable=True),
        sa.CheckConstraint("kind IN ('author', 'network', 'domain', 'name', 'word')", name=op.f("ck_bans_kind")),
        sa.CheckConstraint("action IN ('hold', 'reject')", name=op.f("ck_bans_action")),
        sa.CheckConstraint("(kind = 'author') = (author_id IS NOT NULL)", name=op.f("ck_bans_author")),
        sa.CheckConstraint("(kind = 'network') = (address_key IS NOT NULL)", name=op.f("ck_bans_network")),
        sa.CheckConstraint("(kind IN ('domain', 'name', 'word')) = (pattern <> '')", name=op.f("ck_bans_pattern")),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name=op.f("ck_bans_lifted")),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_bans_author_id")),
        sa.ForeignKeyConstraint(["lifted_by"], ["tokens.id"], name=op.f("fk_bans_lifted_by")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_bans_site_id")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_bans_token_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bans")),
    )
    op.create_index("ix_bans_site", "bans", ["site_id", "created_at", "id"], unique=False)
    op.create_index("ix_bans_author", "bans", ["author_id"], unique=False)
    op.create_index("ix_bans_network", "bans", ["address_key"], unique=False)
    op.create_index(
        "ix_bans_good",
        "bans",
        ["site_id", "kind"],
        unique=False,
        postgresql_where=sa.text("lifted_at IS NULL"),
        sqlite_where=sa.text("lifted_at IS NULL"),
    )
    _create_notes()
    _create_jobs()
    _create_telling()
    _create_mail()

    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(sa.text(statement))


def _create_notes() -> None:
    op.create_table(
        "notes",
        sa.Column("id", Id, nullable=False),
        sa.Column("author_id", Id, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("token_id", Id, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_notes_author_id")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_notes_token_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_author", "notes", ["author_id", "created_at", "id"], unique=False)
    op.create_table(
        "wordings",
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_wordings_comment_id")),
        sa.PrimaryKeyConstraint("comment_id", "version", name=op.f("pk_wordings")),
    )


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("token_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=9), nullable=False),
        sa.Column("asked", Json, nullable=False),
        sa.Column("found", Json, nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("turn_at", UtcTime(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_jobs_status")
        ),
        sa.CheckConstraint(
            "looked_at >= 0 AND total >= 0 AND step >= 0 AND attempts >= 0", name=op.f("ck_jobs_numbers")
        ),
        sa.CheckConstraint("(status IN ('waiting', 'running')) = (ended_at IS NULL)", name=op.f("ck_jobs_ended")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_jobs_site_id")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_jobs_token_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    for name, columns in (("ix_jobs_open", ["turn_at", "id"]), ("ix_jobs_site", ["site_id"])):
        op.create_index(
            name,
            "jobs",
            columns,
            unique=False,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
    op.create_index("ix_jobs_created_at", "jobs", ["created_at"], unique=False)


def _create_telling() -> None:
    """Events, and what tells of them: whose turn it is, receivers, what waits for them."""
    op.create_table(
        "events",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("comment_id", Id, nullable=True),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("untold", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_events_comment_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_events_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_comment_id"), "events", ["comment_id"], unique=False)
    op.create_index("ix_events_site", "events", ["site_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_events_untold",
        "events",
        ["id"],
        unique=False,
        postgresql_where=sa.text("untold"),
        sqlite_where=sa.text("untold = 1"),
    )
    op.create_table(
        "turns",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("holder", Id, nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_turns")),
    )
    op.create_table(
        "channels",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests_until", UtcTime(), nullable=True),
        sa.CheckConstraint("kind IN ('webhook', 'mail')", name=op.f("ck_channels_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("target_id", Id, nullable=False),
        sa.Column("channel_id", Id, nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcTime(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("begun_at", UtcTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("kind IN ('webhook', 'mail')", name=op.f("ck_deliveries_kind")),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name=op.f("ck_deliveries_state")),
        sa.CheckConstraint("(state <> 'waiting') = (finished_at IS NOT NULL)", name=op.f("ck_deliveries_finished")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_deliveries_channel_id")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_deliveries_event_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_deliveries_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("event_id", "target_id", name=op.f("uq_deliveries_event_id_target_id")),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["channel_id", "next_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_deliveries_begun",
        "deliveries",
        ["begun_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_deliveries_over",
        "deliveries",
        ["finished_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'waiting'"),
        sqlite_where=sa.text("state <> 'waiting'"),
    )
    op.create_index("ix_deliveries_target", "deliveries", ["target_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_deliveries_failed",
        "deliveries",
        ["target_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'failed'"),
        sqlite_where=sa.text("state = 'failed'"),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("types", Json, nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.String(length=400), nullable=False),
        sa.Column("old_secret", sa.String(length=400), nullable=True),
        sa.Column("old_until", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("(old_secret IS NULL) = (old_until IS NULL)", name=op.f("ck_webhooks_old")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_webhooks_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index("ix_webhooks_site", "webhooks", ["site_id", "created_at", "id"], unique=False)


def _create_mail() -> None:
    """Who wants mails: authors, who were asked, and staff."""
    op.create_table(
        "subscriptions",
        sa.Column("author_id", Id, nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("kinds", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("answered_at", UtcTime(), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'confirmed', 'ended')", name=op.f("ck_subscriptions_state")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["authors.id"], name=op.f("fk_subscriptions_author_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("author_id", name=op.f("pk_subscriptions")),
    )
    op.create_table(
        "askings",
        sa.Column("site_id", Id, nullable=False),
        sa.Column("author_key", sa.String(length=64), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.CheckConstraint("asks >= 0", name=op.f("ck_askings_asks")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_askings_site_id")),
        sa.PrimaryKeyConstraint("site_id", "author_key", name=op.f("pk_askings")),
    )
    op.create_index(op.f("ix_askings_asked_at"), "askings", ["asked_at"], unique=False)
    op.create_table(
        "mailboxes",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=True),
        sa.Column("alert_minutes", sa.Integer(), nullable=True),
        sa.Column("alert_waiting", sa.Integer(), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=True),
        sa.Column("confirmed_at", UtcTime(), nullable=True),
        sa.Column("digest_at", UtcTime(), nullable=True),
        sa.Column("alert_at", UtcTime(), nullable=True),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_mailboxes_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailboxes")),
    )
    op.create_index("ix_mailboxes_site", "mailboxes", ["site_id"], unique=False)
    op.create_table(
        "marks",
        sa.Column("follower", sa.String(length=9), nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_marks_site_id")),
        sa.PrimaryKeyConstraint("follower", "site_id", name=op.f("pk_marks")),
    )
    op.create_table(
        "lessons",
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.Column("dice", sa.Integer(), nullable=False),
        sa.Column("cluster_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_lessons_comment_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_lessons_site_id")),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_lessons")),
    )
    op.create_index("ix_lessons_site", "lessons", ["site_id", "kind", "decided_at"], unique=False)
    op.create_table(
        "models",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("category", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("manifest", Json, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("category IN ('spam', 'abuse')", name=op.f("ck_models_category")),
        sa.CheckConstraint("state IN ('champion', 'retired', 'refused')", name=op.f("ck_models_state")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_models_version")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_models_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_models")),
        sa.UniqueConstraint("site_id", "category", "version", name=op.f("uq_models_site_id_category_version")),
    )
    op.create_index(
        "uq_models_champion",
        "models",
        ["site_id", "category"],
        unique=True,
        postgresql_where=sa.text("state = 'champion'"),
        sqlite_where=sa.text("state = 'champion'"),
    )

    op.create_table(
        "samples",
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", Id, nullable=False),
        sa.Column("share", sa.Float(precision=53), nullable=False),
        sa.Column("action", sa.String(length=7), nullable=False),
        sa.Column("awaited", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(precision=53), nullable=False),
        sa.Column("chances", Json, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("action IN ('publish', 'hold', 'reject')", name=op.f("ck_samples_action")),
        sa.CheckConstraint("share > 0 AND share <= 1", name=op.f("ck_samples_share")),
        sa.CheckConstraint("score >= 0 AND score <= 1", name=op.f("ck_samples_score")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_samples_comment_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_samples_site_id")),
        sa.PrimaryKeyConstraint("comment_id", "revision", name=op.f("pk_samples")),
    )
    op.create_index("ix_samples_site", "samples", ["site_id", "created_at", "comment_id"], unique=False)

    op.create_table(
        "thresholds",
        sa.Column("site_id", Id, nullable=False),
        sa.Column("category", sa.String(length=5), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=True),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("computed_at", UtcTime(), nullable=False),
        sa.CheckConstraint("category IN ('spam', 'abuse')", name=op.f("ck_thresholds_category")),
        sa.CheckConstraint("kind IN ('missed', 'wronged')", name=op.f("ck_thresholds_kind")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_thresholds_site_id")),
        sa.PrimaryKeyConstraint("site_id", "category", "kind", name=op.f("pk_thresholds")),
    )


def downgrade() -> None:
    for table in (
        "thresholds",
        "samples",
        "models",
        "marks",
        "campaigns",
        "lessons",
        "mailboxes",
        "askings",
        "subscriptions",
        "webhooks",
        "deliveries",
        "channels",
        "turns",
        "wordings",
        "notes",
        "jobs",
        "bans",
        "audit",
        "claims",
        "reports",
        "links",
        "likenesses",
        "events",
        "decisions",
        "verdicts",
        "sign_ins",
        "tokens",
        "submission_keys",
        "revisions",
        "comments",
        "authors",
        "policies",
        "articles",
        "sites",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("DROP FUNCTION moderato_comment_status, moderato_append_only"))
