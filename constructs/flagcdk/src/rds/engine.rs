//! Engines and their versions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flagcdk_core::Scope;

/// An engine with its version.
///
/// See the versions of [Aurora PostgreSQL](https://docs.aws.amazon.com/AmazonRDS/latest/AuroraPostgreSQLReleaseNotes/AuroraPostgreSQL.Updates.html),
/// [Aurora MySQL](https://docs.aws.amazon.com/AmazonRDS/latest/AuroraMySQLReleaseNotes/AuroraMySQL.Updates.html),
/// [PostgreSQL](https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-versions.html) and
/// [MySQL](https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    pub(super) name: &'static str,
    pub(super) version: Cow<'static, str>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Postgres,
    MySql,
}

impl Engine {
    /// PostgreSQL on Aurora, by its version such as `17.5`.
    pub fn aurora_postgres(version: impl Into<Cow<'static, str>>) -> Self {
        Self { name: "aurora-postgresql", version: version.into(), kind: Kind::Postgres }
    }

    /// MySQL on Aurora, by its version such as `8.0.mysql_aurora.3.10.0`.
    pub fn aurora_mysql(version: impl Into<Cow<'static, str>>) -> Self {
        Self { name: "aurora-mysql", version: version.into(), kind: Kind::MySql }
    }

    /// PostgreSQL, by its version such as `17.6`.
    pub fn postgres(version: impl Into<Cow<'static, str>>) -> Self {
        Self { name: "postgres", version: version.into(), kind: Kind::Postgres }
    }

    /// MySQL, by its version such as `8.4.9`.
    pub fn mysql(version: impl Into<Cow<'static, str>>) -> Self {
        Self { name: "mysql", version: version.into(), kind: Kind::MySql }
    }

    /// The port that it listens at.
    pub(super) fn port(&self) -> u16 {
        match self.kind {
            Kind::Postgres => 5432,
            Kind::MySql => 3306,
        }
    }

    /// The logs that are sent to CloudWatch Logs.
    pub(super) fn logs(&self) -> Vec<&'static str> {
        match (self.kind, self.name) {
            (Kind::Postgres, "postgres") => vec!["postgresql", "upgrade"],
            (Kind::Postgres, _) => vec!["postgresql"],
            (Kind::MySql, _) => vec!["error", "slowquery"],
        }
    }

    /// The family that groups of parameters are of: the engine and what of its version tells what it understands.
    pub(super) fn family(&self) -> String {
        let mut parts = self.version.split('.');
        let first = parts.next().unwrap_or_default();
        match self.kind {
            Kind::Postgres => format!("{}{first}", self.name),
            Kind::MySql => format!("{}{first}.{}", self.name, parts.next().unwrap_or("0")),
        }
    }

    /// That it is asked over TLS alone, beside what the caller sets.
    pub(super) fn parameters(&self, own: BTreeMap<String, String>) -> serde_json::Value {
        let tls = match self.kind {
            Kind::Postgres => ("rds.force_ssl", "1"),
            Kind::MySql => ("require_secure_transport", "ON"),
        };
        let all: BTreeMap<String, String> = [(tls.0.to_owned(), tls.1.to_owned())].into_iter().chain(own).collect();
        all.into_iter().map(|(name, value)| (name, serde_json::Value::from(value))).collect()
    }

    pub(super) fn is_aurora(&self) -> bool {
        self.name.starts_with("aurora-")
    }

    /// Reports an engine that is of the other kind of database.
    pub(super) fn check(&self, scope: &Scope, aurora: bool) {
        if self.is_aurora() != aurora {
            let (what, help) = if aurora {
                ("a cluster", "take `Engine::aurora_postgres` or `Engine::aurora_mysql`, or a `DatabaseInstance`")
            } else {
                ("an instance", "take `Engine::postgres` or `Engine::mysql`, or a `DatabaseCluster`")
            };
            scope.error("rds::engine", format!("`{}` is no engine of {what}", self.name), help);
        }
        if !self.version.starts_with(|c: char| c.is_ascii_digit()) {
            let message = format!("`{}` is no version of `{}`", self.version, self.name);
            scope.error("rds::version", message, "write it as AWS does, such as `17.5`");
        }
    }
}
