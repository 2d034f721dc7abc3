//! The feature-flag system that is deployed: its table, its regions, and the way to them.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use flag_model::{ChangeNote, Timestamp};
use flag_operator::{Operator, OperatorError};
use flag_rules::{Place, RuleSet};
use flagcdk_assembly::Region;
use flagcdk_aws::{AwsCloud, Connection};
use flagcdk_engine::{Cloud as _, ErrorKind, Outcome, Problem};
use flagcdk_stacks::Config;

use super::args::Note;
use super::replica::{Table, TableError};
use crate::args::Global;
use crate::failure::Failure;
use crate::ui::style::{BOLD, DIM, paint};
use crate::{app, ui};

/// The system, and whether its answers are to be JSON.
pub(super) struct System {
    pub(super) json: bool,
    config: Config,
    table: String,
    cloud: AwsCloud,
}

impl System {
    /// Reads the configuration and connects. Nothing is asked yet.
    pub(super) async fn open(global: &Global) -> Result<Self, Failure> {
        if global.local.is_some() {
            return Err(Failure::usage(
                "the simulator keeps tables, but no items in them",
                "leave `--local` out to work on the flags of an account, or name an emulator of DynamoDB by `--endpoint-url`",
            ));
        }
        let config = app::flag_system(global)?;
        let table = format!("{}-flags", config.name_prefix());
        let mut connection = Connection::new(config.home_region);
        connection.profile = global.profile.clone();
        connection.endpoint_url = global.endpoint_url.clone();
        let cloud = AwsCloud::connect(connection).await?;
        let regions = ui::plan::count(config.regions.len(), "region");
        ui::say(format!(
            "{} {table} {}",
            paint(BOLD, "table"),
            paint(DIM, format!("(home {}, {regions})", config.home_region))
        ));
        Ok(Self { json: global.json, config, table, cloud })
    }

    /// The table in the region that writes it.
    pub(super) fn home(&self) -> Table<'_> {
        self.replica(self.config.home_region)
    }

    /// The table in a region of the system.
    pub(super) fn replica_in(&self, region: Region) -> Result<Table<'_>, Failure> {
        if self.config.regions.contains(&region) {
            return Ok(self.replica(region));
        }
        let names: Vec<_> = self.config.regions.iter().map(|region| format!("`{region}`")).collect();
        Err(Failure::usage(
            format!("the feature-flag system is not in `{region}`"),
            format!("choose among {}", names.join(", ")),
        ))
    }

    /// The table in some regions, or in all, by their names.
    pub(super) fn replicas(&self, regions: &[Region]) -> Result<BTreeMap<String, Table<'_>>, Failure> {
        let regions = if regions.is_empty() { &self.config.regions } else { regions };
        regions.iter().map(|region| Ok((region.to_string(), self.replica_in(*region)?))).collect()
    }

    fn replica(&self, region: Region) -> Table<'_> {
        Table { cloud: &self.cloud, region, name: &self.table }
    }

    /// Who changes flags here, by the rules that the functions are shipped with.
    pub(super) fn operator(&self) -> Result<Operator<Table<'_>, RuleSet>, Failure> {
        // They are proved by tests, so that this is a build that nobody has tested.
        let rules = RuleSet::embedded()
            .map_err(|problems| Failure::environment(problems.to_string(), "run a build whose tests have passed"))?;
        let home_region = self.config.home_region.to_string();
        let place = Place { environment: self.config.environment.clone(), region: home_region.clone(), home_region };
        Ok(Operator::new(self.home(), rules, place))
    }

    /// Who makes a change, and why. Whoever does not say is asked for at STS.
    pub(super) async fn note(&self, note: &Note) -> Result<ChangeNote, Failure> {
        let by = match &note.by {
            Some(by) => by.clone(),
            None => self.cloud.identity().await?.arn,
        };
        Ok(ChangeNote {
            by,
            approved_by: note.approved_by.clone(),
            source: note.source.into(),
            reason: note.reason.clone(),
            ticket: note.ticket.clone(),
            emergency: note.emergency,
        })
    }

    /// Why an operation was not done.
    pub(super) fn failure(&self, error: OperatorError<TableError>) -> Failure {
        failure(&self.table, error)
    }
}

fn failure(table: &str, error: OperatorError<TableError>) -> Failure {
    let help = error.help();
    let problem = |code: &str, severity: Outcome| {
        let (code, message, help) = (code.to_owned(), error.to_string(), help.to_owned());
        Failure::Problems(vec![Problem { code, message, help, severity }])
    };
    match error {
        OperatorError::Table(TableError::Cloud(error)) if error.kind == ErrorKind::NotFound => Failure::usage(
            format!("there is no table `{table}` in `{}`", error.region),
            "see that environment and account are right, and deploy the system first: `flagcdk deploy --all-regions`",
        ),
        OperatorError::Table(TableError::Cloud(error)) => error.into(),
        OperatorError::Table(TableError::Item(_)) | OperatorError::Malformed { .. } => {
            problem("flag::malformed", Outcome::NeedsPerson)
        }
        OperatorError::Conflict { .. } => problem("flag::conflict", Outcome::Environment),
        other => Failure::usage(other.to_string(), help),
    }
}

/// What time it is.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let milliseconds = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_milliseconds(milliseconds).expect("the clock shows a year of four digits")
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use flagcdk_engine::CloudError;

    use super::*;

    #[test]
    fn failures_have_the_status_of_their_kind() {
        let flag = || "a".parse().expect("a letter is an id");
        let cloud = |kind| {
            let (action, region, message) = ("dynamodb:GetItem", Region::EU_WEST_1, "No.".to_owned());
            OperatorError::Table(TableError::Cloud(CloudError { kind, action, region, message }))
        };
        for (error, status) in [
            (OperatorError::FlagNotFound { flag: flag() }, 2),
            (OperatorError::Deleted { flag: flag() }, 2),
            (OperatorError::Conflict { flag: flag() }, 3),
            (OperatorError::Malformed { flag: flag(), item: "the head".to_owned(), problem: "x".to_owned() }, 5),
            (cloud(ErrorKind::NotFound), 2),
            (cloud(ErrorKind::Credentials), 3),
            (cloud(ErrorKind::AccessDenied), 3),
            (cloud(ErrorKind::Throttled), 3),
        ] {
            let shown = format!("{error:?}");
            assert_eq!(failure("flags", error).show(), ExitCode::from(status), "{shown}");
        }
    }
}
