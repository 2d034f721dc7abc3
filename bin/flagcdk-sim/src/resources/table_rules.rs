//! DynamoDB tables and the replicas of global ones.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html>

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::world::{Facts, Site, has_key_alias};
use crate::clock::Timestamp;
use crate::store::Store;
use crate::store::model::{DynamoTable, Replica, ResourceRecord};
use crate::{identifiers, region};

pub(super) fn create(store: &mut Store, site: Site<'_>, record: &mut ResourceRecord) -> Result<(), String> {
    let name = record.physical_id.clone();
    let wanted = replicas(site, record)?;
    for place in wanted.keys() {
        if store.region_view(place).tables.contains_key(&name) {
            return Err(format!(
                "Resource handler returned message: \"Resource of type '{}' with identifier '{name}' already exists.\" \
                 (HandlerErrorCode: AlreadyExists)",
                record.type_name
            ));
        }
    }
    check_keys(store, site, &wanted)?;
    let streams = has_stream(&record.properties);
    let replicas = wanted
        .iter()
        .map(|(place, replica)| {
            let label = streams.then(|| stream_label(site.now, &name, place));
            (place.clone(), Replica { stream_label: label, deletion_protection: replica.protected })
        })
        .collect();
    let table = DynamoTable {
        name: name.clone(),
        id: identifiers::uuid(&record.seed),
        properties: record.properties.clone(),
        created: site.now,
        replicas,
        deletion_protection: wanted.get(site.region).is_some_and(|replica| replica.protected),
    };
    record.facts = facts(site, &table);
    let key = row_key(site.region, &name);
    for place in wanted.keys() {
        store.region(place).tables.insert(name.clone(), key.clone());
    }
    store.tables.put(&key, table);
    Ok(())
}

pub(super) fn update(store: &mut Store, site: Site<'_>, record: &mut ResourceRecord) -> Result<(), String> {
    let wanted = replicas(site, record)?;
    let key = row_key(site.region, &record.physical_id);
    let Some(table) = store.tables.get(&key) else {
        return Err(format!("Table not found: {}", record.physical_id));
    };
    let present: BTreeSet<String> = table.replicas.keys().cloned().collect();
    let wanted_names: BTreeSet<String> = wanted.keys().cloned().collect();
    let changes = present.symmetric_difference(&wanted_names).count();
    if changes > 1 {
        let names = |names: Vec<&String>| names.into_iter().cloned().collect::<Vec<_>>().join(", ");
        return Err(format!(
            "Resource handler returned message: \"Only one replica can be added or removed in one update of a table, \
             got [{}] to add and [{}] to remove\" (HandlerErrorCode: InvalidRequest)",
            names(wanted_names.difference(&present).collect()),
            names(present.difference(&wanted_names).collect()),
        ));
    }
    for place in present.difference(&wanted_names) {
        if table.replicas[place].deletion_protection {
            return Err(protected(&record.physical_id));
        }
    }
    for place in wanted_names.difference(&present) {
        if store.region_view(place).tables.contains_key(&record.physical_id) {
            return Err(format!(
                "Resource handler returned message: \"Failed to create the replica in {place}: a table named '{}' \
                 exists there\" (HandlerErrorCode: AlreadyExists)",
                record.physical_id
            ));
        }
    }
    check_keys(store, site, &wanted)?;
    apply(store, site, &record.properties, &record.physical_id, &wanted);
    if let Some(table) = store.tables.get(&key) {
        record.facts = facts(site, table);
    }
    Ok(())
}

/// Puts a table back as it was, whatever that takes.
pub(super) fn restore(store: &mut Store, site: Site<'_>, record: &ResourceRecord) {
    if let Ok(wanted) = replicas(site, record) {
        apply(store, site, &record.properties, &record.physical_id, &wanted);
    }
}

pub(super) fn delete(store: &mut Store, site: Site<'_>, record: &ResourceRecord) -> Result<(), String> {
    let key = row_key(site.region, &record.physical_id);
    let Some(table) = store.tables.get(&key) else { return Ok(()) };
    if table.deletion_protection || table.replicas.values().any(|replica| replica.deletion_protection) {
        return Err(protected(&record.physical_id));
    }
    let places: Vec<String> = table.replicas.keys().cloned().collect();
    for place in places {
        store.region(&place).tables.remove(&record.physical_id);
    }
    store.tables.remove(&key);
    Ok(())
}

/// The ARN of the stream of the replica in a region.
pub(crate) fn stream_arn(account: &str, place: &str, table: &DynamoTable) -> Option<String> {
    let label = table.replicas.get(place)?.stream_label.as_ref()?;
    Some(format!("arn:{}:dynamodb:{place}:{account}:table/{}/stream/{label}", region::partition(place), table.name))
}

/// What a template says of one replica.
struct Wanted {
    protected: bool,
    key: Option<String>,
}

fn replicas(site: Site<'_>, record: &ResourceRecord) -> Result<BTreeMap<String, Wanted>, String> {
    let properties = &record.properties;
    if record.type_name == "AWS::DynamoDB::Table" {
        let wanted = Wanted {
            protected: flag(properties.get("DeletionProtectionEnabled")),
            key: text(properties.pointer("/SSESpecification/KMSMasterKeyId")),
        };
        return Ok(BTreeMap::from([(site.region.to_owned(), wanted)]));
    }
    let refuse =
        |what: String| Err(format!("Resource handler returned message: \"{what}\" (HandlerErrorCode: InvalidRequest)"));
    let mut wanted = BTreeMap::new();
    for replica in properties.get("Replicas").and_then(Value::as_array).into_iter().flatten() {
        let Some(place) = text(replica.get("Region")) else {
            return refuse("every replica needs a Region".to_owned());
        };
        if !region::exists(&place) {
            return refuse(format!("invalid replica region: {place}"));
        }
        let spec = Wanted {
            protected: flag(replica.get("DeletionProtectionEnabled")),
            key: text(replica.pointer("/SSESpecification/KMSMasterKeyId")),
        };
        if wanted.insert(place.clone(), spec).is_some() {
            return refuse(format!("the replica region {place} occurs twice"));
        }
    }
    if !wanted.contains_key(site.region) {
        return refuse(format!("Replicas must contain an entry for the current region, {}", site.region));
    }
    if wanted.len() > 1 && !has_stream(properties) {
        return refuse(
            "StreamSpecification is required, with NEW_AND_OLD_IMAGES, for a table with more than one replica"
                .to_owned(),
        );
    }
    Ok(wanted)
}

/// The key of a replica must be a key of its own region, and must be there.
fn check_keys(store: &mut Store, site: Site<'_>, wanted: &BTreeMap<String, Wanted>) -> Result<(), String> {
    for (place, replica) in wanted {
        let Some(key) = &replica.key else { continue };
        let alias = key.rsplit_once(":alias/").map(|(_, name)| format!("alias/{name}"));
        let alias = alias.or_else(|| key.starts_with("alias/").then(|| key.clone()));
        let elsewhere = key.starts_with("arn:") && key.split(':').nth(3) != Some(place);
        let missing = match alias {
            Some(alias) if alias.starts_with("alias/aws/") => false,
            Some(alias) => !has_key_alias(store, place, &alias),
            // Keys without an alias cannot be told apart across regions.
            None => !key.starts_with("arn:") && place != site.region,
        };
        if elsewhere || missing {
            return Err(format!(
                "Resource handler returned message: \"KMS key {key} of the replica in {place} is not accessible: \
                 no such key in {place} (Service: DynamoDb, Status Code: 400)\" (HandlerErrorCode: InvalidRequest)"
            ));
        }
    }
    Ok(())
}

/// Makes the table have the wanted replicas.
fn apply(store: &mut Store, site: Site<'_>, properties: &Value, name: &str, wanted: &BTreeMap<String, Wanted>) {
    let key = row_key(site.region, name);
    let streams = has_stream(properties);
    let Some(table) = store.tables.get_mut(&key) else { return };
    let removed: Vec<String> = table.replicas.keys().filter(|place| !wanted.contains_key(*place)).cloned().collect();
    table.replicas.retain(|place, _| wanted.contains_key(place));
    for (place, replica) in wanted {
        let entry =
            table.replicas.entry(place.clone()).or_insert(Replica { stream_label: None, deletion_protection: false });
        entry.deletion_protection = replica.protected;
        if !streams {
            entry.stream_label = None;
        } else if entry.stream_label.is_none() {
            entry.stream_label = Some(stream_label(site.now, name, place));
        }
    }
    table.properties = properties.clone();
    table.deletion_protection = wanted.get(site.region).is_some_and(|replica| replica.protected);
    for place in removed {
        store.region(&place).tables.remove(name);
    }
    for place in wanted.keys() {
        store.region(place).tables.insert(name.to_owned(), key.clone());
    }
}

fn facts(site: Site<'_>, table: &DynamoTable) -> Facts {
    let mut facts = Facts::new();
    facts.insert("TableId".to_owned(), Value::from(table.id.as_str()));
    if let Some(arn) = stream_arn(site.account, site.region, table) {
        facts.insert("StreamArn".to_owned(), Value::from(arn));
    }
    facts
}

/// The moment at which the stream of a replica began, which no template can compute.
fn stream_label(now: Timestamp, name: &str, place: &str) -> String {
    let digits = identifiers::hex_digits(&format!("{name}/{place}"), 4);
    let millis = u64::from_str_radix(&digits, 16).unwrap_or_default();
    now.plus(Duration::from_millis(millis)).label()
}

fn has_stream(properties: &Value) -> bool {
    properties.pointer("/StreamSpecification/StreamViewType").is_some()
}

fn protected(name: &str) -> String {
    format!(
        "Resource handler returned message: \"Resource cannot be deleted as it is currently protected against \
         deletion. Disable deletion protection first. (Service: DynamoDb, Status Code: 400, Table: {name})\" \
         (HandlerErrorCode: InvalidRequest)"
    )
}

fn row_key(region: &str, name: &str) -> String {
    format!("{region}/{name}")
}

fn flag(value: Option<&Value>) -> bool {
    value.is_some_and(|value| value == true || value == "true")
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}
