//! Finding stack sets, and what may be said of them in requests.

use std::collections::BTreeMap;

use super::Call;
use crate::cloud::Cloud;
use crate::protocol::ServiceError;
use crate::protocol::query::Fields;
use crate::region;
use crate::store::model::{Preferences, StackSet, Targets};
use crate::template::parameters::Given;

/// The row of a stack set that is not deleted.
pub(super) fn find(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let name_or_id = call.fields.required("StackSetName")?.to_owned();
    let name = name_or_id.split(':').next().unwrap_or_default();
    let key = row_key(call.region, name);
    match cloud.store.stack_sets.get(&key) {
        Some(set) if set.name == name_or_id || set.id == name_or_id => Ok(key),
        _ => Err(not_found(&name_or_id)),
    }
}

pub(super) fn get<'a>(cloud: &'a mut Cloud, key: &str) -> Result<&'a StackSet, ServiceError> {
    cloud.store.stack_sets.get(key).ok_or_else(|| not_found(key))
}

pub(super) fn row_key(region: &str, name: &str) -> String {
    format!("{region}/{name}")
}

pub(super) fn arn(account: &str, set: &StackSet) -> String {
    format!("arn:{}:cloudformation:{}:{account}:stackset/{}", region::partition(&set.region), set.region, set.id)
}

pub(super) fn not_found(name: &str) -> ServiceError {
    ServiceError::new(404, "StackSetNotFoundException", format!("StackSet {name} not found"))
}

pub(super) fn operation_not_found(id: &str) -> ServiceError {
    ServiceError::new(404, "OperationNotFoundException", format!("Operation {id} not found"))
}

/// An id or a token: `[a-zA-Z0-9][-a-zA-Z0-9]*`, at most 128 characters.
pub(super) fn check_id(value: &str, member: &str) -> Result<(), ServiceError> {
    let valid = (1..=128).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !value.starts_with('-');
    if valid {
        return Ok(());
    }
    Err(ServiceError::validation(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: [a-zA-Z0-9][-a-zA-Z0-9]* and have length less than or equal to 128"
    )))
}

/// A name of a stack or a stack set: letters, digits and hyphens, beginning with a letter, at most 128 characters.
pub(super) fn check_name(value: &str, member: &str) -> Result<(), ServiceError> {
    let valid = (1..=128).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && value.starts_with(|first: char| first.is_ascii_alphabetic());
    if valid {
        return Ok(());
    }
    Err(ServiceError::validation(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: [a-zA-Z][-a-zA-Z0-9]* and have length less than or equal to 128"
    )))
}

pub(super) fn parameters(fields: &Fields) -> Result<BTreeMap<String, Given>, ServiceError> {
    let mut parameters = BTreeMap::new();
    for parameter in fields.structures("Parameters") {
        let name = parameter.required("ParameterKey")?.to_owned();
        let given = match (parameter.get("ParameterValue"), parameter.boolean("UsePreviousValue")) {
            (Some(_), true) => {
                return Err(ServiceError::validation(format!(
                    "Invalid input for parameter key {name}. Cannot specify usePreviousValue as true and non empty value \
                     for a parameter"
                )));
            }
            (Some(value), false) => Given::Value(value.to_owned()),
            (None, true) => Given::Previous,
            (None, false) => {
                return Err(ServiceError::validation(format!(
                    "Invalid input for parameter key {name}. Need to specify either usePreviousValue as true or a value"
                )));
            }
        };
        if parameters.insert(name.clone(), given).is_some() {
            return Err(ServiceError::validation(format!("Parameters: [{name}] were specified more than once")));
        }
    }
    Ok(parameters)
}

pub(super) fn tags(fields: &Fields) -> Result<BTreeMap<String, String>, ServiceError> {
    const MAX: usize = 50;
    let mut tags = BTreeMap::new();
    for tag in fields.structures("Tags") {
        let (key, value) = (tag.required("Key")?.to_owned(), tag.required("Value")?.to_owned());
        if key.starts_with("aws:") {
            return Err(ServiceError::validation("aws: prefixed tag key names are not allowed for external use."));
        }
        if key.len() > 128 || value.len() > 256 {
            return Err(ServiceError::validation(format!(
                "Tag {key} is too long: a key has at most 128 characters, a value 256"
            )));
        }
        tags.insert(key, value);
    }
    if tags.len() > MAX {
        return Err(ServiceError::validation(format!(
            "Number of tags, {}, is greater than maximum allowed, {MAX}",
            tags.len()
        )));
    }
    Ok(tags)
}

/// How an operation goes through regions and accounts.
pub(super) fn preferences(fields: &Fields) -> Result<Preferences, ServiceError> {
    let fields = fields.structure("OperationPreferences");
    let unknown = |member: &str, value: &str| {
        ServiceError::validation(format!(
            "1 validation error detected: Value '{value}' at 'operationPreferences.{member}' failed to satisfy \
             constraint: Member must satisfy enum value set"
        ))
    };
    let preferences = Preferences {
        region_concurrency: fields
            .get("RegionConcurrencyType")
            .map(|text| text.parse().map_err(|()| unknown("regionConcurrencyType", text)))
            .transpose()?,
        region_order: fields.list("RegionOrder"),
        failure_tolerance_count: fields.integer("FailureToleranceCount")?,
        failure_tolerance_percentage: fields.integer("FailureTolerancePercentage")?,
        max_concurrent_count: fields.integer("MaxConcurrentCount")?,
        max_concurrent_percentage: fields.integer("MaxConcurrentPercentage")?,
        concurrency_mode: fields
            .get("ConcurrencyMode")
            .map(|text| text.parse().map_err(|()| unknown("concurrencyMode", text)))
            .transpose()?,
    };
    let both = |count: Option<usize>, percentage: Option<usize>, what: &str| {
        if count.is_some() && percentage.is_some() {
            return Err(ServiceError::validation(format!("Cannot specify both {what}Count and {what}Percentage")));
        }
        Ok(())
    };
    both(preferences.failure_tolerance_count, preferences.failure_tolerance_percentage, "FailureTolerance")?;
    both(preferences.max_concurrent_count, preferences.max_concurrent_percentage, "MaxConcurrent")?;
    if preferences.max_concurrent_count == Some(0) || preferences.max_concurrent_percentage == Some(0) {
        return Err(ServiceError::validation("MaxConcurrent must be at least 1"));
    }
    let percentages = [preferences.failure_tolerance_percentage, preferences.max_concurrent_percentage];
    if percentages.into_iter().flatten().any(|percentage| percentage > 100) {
        return Err(ServiceError::validation("a percentage must be at most 100"));
    }
    Ok(preferences)
}

/// The accounts and regions that a request names, each of which must be possible.
pub(super) fn targets(fields: &Fields) -> Result<Targets, ServiceError> {
    if fields.structure("DeploymentTargets") != Fields::default() {
        return Err(ServiceError::validation(
            "DeploymentTargets can be specified only for StackSets with SERVICE_MANAGED permission model",
        ));
    }
    let targets = Targets { accounts: fields.list("Accounts"), regions: fields.list("Regions") };
    for account in &targets.accounts {
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ServiceError::validation(format!(
                "1 validation error detected: Value '[{account}]' at 'accounts' failed to satisfy constraint: Member \
                 must satisfy constraint: [Member must satisfy regular expression pattern: [0-9]{{12}}]"
            )));
        }
    }
    for name in &targets.regions {
        if !region::exists(name) {
            return Err(ServiceError::validation(format!("Region {name} is not a valid region")));
        }
    }
    for list in [&targets.accounts, &targets.regions] {
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = list.iter().find(|item| !seen.insert(*item)) {
            return Err(ServiceError::validation(format!("Duplicate target: {twice}")));
        }
    }
    Ok(targets)
}
