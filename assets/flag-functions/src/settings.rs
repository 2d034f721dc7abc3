//! What each function is told by its environment. The templates set these variables; everything that is missing or wrong is
//! told at once.

use std::cell::RefCell;
use std::env;

use thiserror::Error;

/// What every function that calls AWS needs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shared {
    /// `ENVIRONMENT`: the name of the environment, such as `prod`.
    pub(crate) environment: String,
    /// `AWS_REGION`, which Lambda sets: the region that the function runs in.
    pub(crate) region: String,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, which Lambda sets.
    pub(crate) credentials: Credentials,
    /// `AWS_ENDPOINT_URL_…` and `AWS_ENDPOINT_URL`: where services are, if not in their usual place.
    pub(crate) endpoints: Endpoints,
}

/// The function's credentials, as Lambda gives them.
#[derive(Clone, PartialEq)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

/// Where services are, if not in their usual place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Endpoints {
    pub(crate) dynamodb: Option<String>,
    pub(crate) events: Option<String>,
    pub(crate) secrets_manager: Option<String>,
    pub(crate) sns: Option<String>,
}

/// What `validator` needs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValidatorSettings {
    pub(crate) shared: Shared,
    /// `HOME_REGION`: the region that writes flags.
    pub(crate) home_region: String,
    /// `FLAG_TABLE`: the name of the table.
    pub(crate) table: String,
    /// `FLAG_TOPIC_ARN`: where valid changes go.
    pub(crate) flag_topic: String,
    /// `ALERT_TOPIC_ARN`: where people are told of the others.
    pub(crate) alert_topic: String,
    /// `EVENT_SOURCE`: the source of the events that start consistency checks. Without it none are started.
    pub(crate) event_source: Option<String>,
}

/// What `cache_updater` needs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CacheUpdaterSettings {
    pub(crate) shared: Shared,
    /// `QUEUE_PREFIX`: what precedes a service's name in the name of its queue.
    pub(crate) queue_prefix: String,
    /// `REDIS_ENDPOINT`: the host of the cache.
    pub(crate) host: String,
    /// `REDIS_PORT`: its port.
    pub(crate) port: u16,
    /// `REDIS_TLS`: `true` or `false`.
    pub(crate) tls: bool,
    /// `REDIS_SECRET_ARN`: the secret that holds the cache's password, JSON with `token`. Without it there is none.
    pub(crate) secret: Option<String>,
    /// `SSL_CERT_FILE`: a file of the certificates, as PEM, that are trusted instead of the well-known ones.
    pub(crate) trusted: Option<String>,
}

/// What `consistency_checker` needs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CheckerSettings {
    /// `ENVIRONMENT`.
    pub(crate) environment: String,
    /// `SERVICE_NAMES`, separated by commas; or `SERVICE_COUNT`, for `service-001` and so on.
    pub(crate) services: Vec<String>,
}

/// What `rollback` needs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RollbackSettings {
    pub(crate) shared: Shared,
    /// `HOME_REGION`: the region that writes flags.
    pub(crate) home_region: String,
    /// `FLAG_TABLE`: the name of the table.
    pub(crate) table: String,
    /// `OPENSEARCH_ENDPOINT`: the host of the audit domain, or its URL.
    pub(crate) audit_url: String,
    /// `OPENSEARCH_INDEX`: the index of rollbacks.
    pub(crate) audit_index: String,
}

/// Everything that is missing or wrong in the environment of a function.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("the function's environment is not complete: {}", .0.join(", "))]
pub(crate) struct SettingsError(Vec<String>);

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// The variables, and what was missing or wrong so far.
pub(crate) struct Environment<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    problems: RefCell<Vec<String>>,
}

/// A variable of the process.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

impl<'a> Environment<'a> {
    pub(crate) fn new(variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { variable, problems: RefCell::default() }
    }

    pub(crate) fn validator(&self) -> Result<ValidatorSettings, SettingsError> {
        let settings = ValidatorSettings {
            shared: self.shared(),
            home_region: self.text("HOME_REGION"),
            table: self.text("FLAG_TABLE"),
            flag_topic: self.text("FLAG_TOPIC_ARN"),
            alert_topic: self.text("ALERT_TOPIC_ARN"),
            event_source: self.optional("EVENT_SOURCE"),
        };
        self.complete(settings)
    }

    pub(crate) fn cache_updater(&self) -> Result<CacheUpdaterSettings, SettingsError> {
        let settings = CacheUpdaterSettings {
            shared: self.shared(),
            queue_prefix: self.text("QUEUE_PREFIX"),
            host: self.text("REDIS_ENDPOINT"),
            port: self.number("REDIS_PORT"),
            tls: self.yes_or_no("REDIS_TLS"),
            secret: self.optional("REDIS_SECRET_ARN"),
            trusted: self.optional("SSL_CERT_FILE"),
        };
        self.complete(settings)
    }

    pub(crate) fn checker(&self) -> Result<CheckerSettings, SettingsError> {
        let settings = CheckerSettings { environment: self.text("ENVIRONMENT"), services: self.services() };
        self.complete(settings)
    }

    pub(crate) fn rollback(&self) -> Result<RollbackSettings, SettingsError> {
        let endpoint = self.text("OPENSEARCH_ENDPOINT");
        let endpoint = endpoint.trim_end_matches('/');
        let settings = RollbackSettings {
            shared: self.shared(),
            home_region: self.text("HOME_REGION"),
            table: self.text("FLAG_TABLE"),
            audit_url: if endpoint.contains("://") { endpoint.to_owned() } else { format!("https://{endpoint}") },
            audit_index: self.text("OPENSEARCH_INDEX"),
        };
        self.complete(settings)
    }

    fn shared(&self) -> Shared {
        let endpoint = |service: &str| {
            self.optional(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| self.optional("AWS_ENDPOINT_URL"))
        };
        Shared {
            environment: self.text("ENVIRONMENT"),
            region: self.text("AWS_REGION"),
            credentials: Credentials {
                access_key_id: self.text("AWS_ACCESS_KEY_ID"),
                secret_access_key: self.text("AWS_SECRET_ACCESS_KEY"),
                session_token: self.optional("AWS_SESSION_TOKEN"),
            },
            endpoints: Endpoints {
                dynamodb: endpoint("DYNAMODB"),
                events: endpoint("EVENTBRIDGE"),
                secrets_manager: endpoint("SECRETS_MANAGER"),
                sns: endpoint("SNS"),
            },
        }
    }

    fn services(&self) -> Vec<String> {
        match self.optional("SERVICE_NAMES") {
            Some(names) => {
                let names: Vec<String> =
                    names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
                if names.is_empty() {
                    self.problem("`SERVICE_NAMES` names no service".to_owned());
                }
                names
            }
            None => (1..=self.number("SERVICE_COUNT")).map(|number| format!("service-{number:03}")).collect(),
        }
    }

    fn optional(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problem(format!("`{name}` is missing"));
            String::new()
        })
    }

    fn number(&self, name: &str) -> u16 {
        let text = self.text(name);
        let number = text.parse().ok().filter(|number| *number > 0);
        if number.is_none() && !text.is_empty() {
            self.problem(format!("`{name}` is `{text}`, wanted a number from 1 to {}", u16::MAX));
        }
        number.unwrap_or_default()
    }

    fn yes_or_no(&self, name: &str) -> bool {
        match self.text(name).as_str() {
            "true" => true,
            "false" | "" => false,
            other => {
                self.problem(format!("`{name}` is `{other}`, wanted `true` or `false`"));
                false
            }
        }
    }

    fn problem(&self, problem: String) {
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// The settings, if nothing was missing or wrong while they were read.
    fn complete<S>(&self, settings: S) -> Result<S, SettingsError> {
        let problems = self.problems.take();
        if problems.is_empty() { Ok(settings) } else { Err(SettingsError(problems)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAMBDA: &str =
        "AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=s ENVIRONMENT=prod HOME_REGION=eu-west-1 ";

    fn with<T>(variables: &str, read: impl FnOnce(&Environment<'_>) -> T) -> T {
        let all = format!("{LAMBDA}{variables}");
        let variable = |name: &str| {
            let mut found = all.split(' ').filter_map(|pair| pair.split_once('='));
            found.find(|(of, _)| *of == name).map(|(_, value)| value.to_owned())
        };
        read(&Environment::new(&variable))
    }

    #[test]
    fn everything_missing_is_told_at_once() {
        let check = |got: Result<(), SettingsError>, expected: &str| {
            assert_eq!(got.unwrap_err().to_string(), format!("the function's environment is not complete: {expected}"));
        };
        check(
            with("", |of| of.validator().map(drop)),
            "`FLAG_TABLE` is missing, `FLAG_TOPIC_ARN` is missing, `ALERT_TOPIC_ARN` is missing",
        );
        check(
            with("QUEUE_PREFIX=p- REDIS_ENDPOINT=h REDIS_PORT=0 REDIS_TLS=yes", |of| of.cache_updater().map(drop)),
            "`REDIS_PORT` is `0`, wanted a number from 1 to 65535, `REDIS_TLS` is `yes`, wanted `true` or `false`",
        );
        check(with("SERVICE_NAMES=, SERVICE_COUNT=3", |of| of.checker().map(drop)), "`SERVICE_NAMES` names no service");
        check(
            with("SERVICE_COUNT=many", |of| of.checker().map(drop)),
            "`SERVICE_COUNT` is `many`, wanted a number from 1 to 65535",
        );
        check(
            with("FLAG_TABLE=t", |of| of.rollback().map(drop)),
            "`OPENSEARCH_ENDPOINT` is missing, `OPENSEARCH_INDEX` is missing",
        );
        let none = Environment::new(&|_| None);
        assert!(none.rollback().unwrap_err().to_string().contains("`AWS_SECRET_ACCESS_KEY` is missing"));
    }

    #[test]
    fn endpoints_and_services() {
        let settings = with(
            "FLAG_TABLE=t OPENSEARCH_ENDPOINT=audit.example.com OPENSEARCH_INDEX=i AWS_ENDPOINT_URL=http://a AWS_ENDPOINT_URL_SNS=http://b",
            |of| of.rollback(),
        );
        let settings = settings.unwrap();
        assert_eq!(settings.audit_url, "https://audit.example.com");
        let endpoints = &settings.shared.endpoints;
        assert_eq!((endpoints.sns.as_deref(), endpoints.dynamodb.as_deref()), (Some("http://b"), Some("http://a")));
        assert_eq!(with("SERVICE_COUNT=2", |of| of.checker().unwrap().services), ["service-001", "service-002"]);
        assert_eq!(with("SERVICE_NAMES=a,b", |of| of.checker().unwrap().services), ["a", "b"]);
    }
}
