//! What resources do to the rest of the cloud: the names that they take, and the buckets, tables and roles that other
//! services and stacks see.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{bucket_rules, function_rules, kinds, role_rules, table_rules};
use crate::clock::Timestamp;
use crate::identifiers;
use crate::store::Store;
use crate::store::model::{Claim, Orphan, ResourceRecord};

/// The row of the state that has no region.
pub(crate) const GLOBAL: &str = "global";

/// Where a resource is made, changed or removed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) stack_id: &'a str,
    pub(crate) now: Timestamp,
}

/// Makes the resource, or says in AWS's words why it cannot be made.
pub(crate) fn create(store: &mut Store, site: Site<'_>, record: &mut ResourceRecord) -> Result<(), String> {
    check_claims(store, site, record)?;
    match record.type_name.as_str() {
        "AWS::S3::Bucket" => bucket_rules::create(store, site, record)?,
        "AWS::DynamoDB::GlobalTable" | "AWS::DynamoDB::Table" => {
            table_rules::create(store, site, record)?;
        }
        "AWS::Lambda::Function" => function_rules::check_code(store, site, &record.properties)?,
        _ => role_rules::apply(store, record),
    }
    take_claims(store, site, record);
    Ok(())
}

/// Changes the resource in place.
pub(crate) fn update(
    store: &mut Store,
    site: Site<'_>,
    old: &ResourceRecord,
    new: &mut ResourceRecord,
) -> Result<(), String> {
    release_claims(store, site, old);
    if let Err(reason) = check_claims(store, site, new) {
        take_claims(store, site, old);
        return Err(reason);
    }
    let done = match new.type_name.as_str() {
        "AWS::S3::Bucket" => {
            bucket_rules::update(store, new);
            Ok(())
        }
        "AWS::DynamoDB::GlobalTable" | "AWS::DynamoDB::Table" => table_rules::update(store, site, new),
        "AWS::Lambda::Function" => function_rules::check_code(store, site, &new.properties),
        _ => {
            role_rules::replace(store, old, new);
            Ok(())
        }
    };
    take_claims(store, site, if done.is_ok() { new } else { old });
    done
}

/// Puts the resource back as it was after an update that failed elsewhere.
pub(crate) fn restore(store: &mut Store, site: Site<'_>, old: &ResourceRecord, new: &ResourceRecord) {
    release_claims(store, site, new);
    match old.type_name.as_str() {
        "AWS::S3::Bucket" => bucket_rules::update(store, old),
        "AWS::DynamoDB::GlobalTable" | "AWS::DynamoDB::Table" => {
            table_rules::restore(store, site, old);
        }
        _ => {
            role_rules::replace(store, new, old);
        }
    }
    take_claims(store, site, old);
}

/// Removes the resource, or says why it cannot be removed.
pub(crate) fn delete(store: &mut Store, site: Site<'_>, record: &ResourceRecord) -> Result<(), String> {
    match record.type_name.as_str() {
        "AWS::S3::Bucket" => bucket_rules::delete(store, record)?,
        "AWS::DynamoDB::GlobalTable" | "AWS::DynamoDB::Table" => {
            table_rules::delete(store, site, record)?;
        }
        _ => role_rules::remove(store, record),
    }
    release_claims(store, site, record);
    Ok(())
}

/// Leaves the resource where it is, without a stack: its names stay taken.
pub(crate) fn retain(store: &mut Store, site: Site<'_>, record: &ResourceRecord) {
    for claim in &record.claims {
        store
            .region(place(&record.type_name, site.region))
            .claims
            .insert(claim.clone(), Claim { stack_id: None, physical_id: record.physical_id.clone() });
    }
    store.region(site.region).orphans.push(Orphan {
        type_name: record.type_name.clone(),
        physical_id: record.physical_id.clone(),
        stack_id: site.stack_id.to_owned(),
    });
}

/// Whether an alias of a KMS key exists in a region.
pub(super) fn has_key_alias(store: &mut Store, region: &str, alias: &str) -> bool {
    store.region_view(region).claims.contains_key(&format!("AWS::KMS::Alias|{alias}"))
}

fn check_claims(store: &mut Store, site: Site<'_>, record: &ResourceRecord) -> Result<(), String> {
    let taken = &store.region_view(place(&record.type_name, site.region)).claims;
    let Some(claim) = record.claims.iter().find_map(|claim| taken.get(claim)) else {
        return Ok(());
    };
    Err(already_exists(record, claim))
}

/// The words depend on whether CloudFormation knows whose it is.
fn already_exists(record: &ResourceRecord, claim: &Claim) -> String {
    match &claim.stack_id {
        Some(stack_id) => format!("{} already exists in stack {stack_id}", claim.physical_id),
        None => format!(
            "Resource handler returned message: \"Resource of type '{}' with identifier '{}' already exists.\" \
             (RequestToken: {}, HandlerErrorCode: AlreadyExists)",
            record.type_name,
            claim.physical_id,
            identifiers::uuid(&record.seed)
        ),
    }
}

fn take_claims(store: &mut Store, site: Site<'_>, record: &ResourceRecord) {
    for claim in &record.claims {
        store.region(place(&record.type_name, site.region)).claims.insert(
            claim.clone(),
            Claim { stack_id: Some(site.stack_id.to_owned()), physical_id: record.physical_id.clone() },
        );
    }
}

fn release_claims(store: &mut Store, site: Site<'_>, record: &ResourceRecord) {
    for claim in &record.claims {
        store.region(place(&record.type_name, site.region)).claims.remove(claim);
    }
}

/// The row that holds the names of a type.
fn place<'a>(type_name: &str, region: &'a str) -> &'a str {
    if kinds::is_global(type_name) { GLOBAL } else { region }
}

/// What only the moment of creation decides, as attributes.
pub(super) type Facts = BTreeMap<String, Value>;
