//! Tables that are in several regions at once.

use std::collections::BTreeMap;

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Region, RemovalPolicy, Scope, Value};
use typed_builder::TypedBuilder;

use super::{Key, TableRef, key};
use crate::kms::KeyRef;

/// How a [`GlobalTable`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct GlobalTableProps {
    /// The name, the same in every region.
    #[builder(setter(into))]
    name: String,
    /// The attribute that tells items apart.
    partition_key: Key,
    /// The attribute that orders items of one partition key; by default there is none.
    #[builder(default, setter(strip_option))]
    sort_key: Option<Key>,
    /// The regions that have a replica, that of the stack among them.
    #[builder(setter(into))]
    replicas: Vec<Region>,
    /// Indexes that hold the items which have the index's keys; by default none.
    #[builder(default, setter(into))]
    indexes: Vec<Index>,
    /// The alias of the key that encrypts the replica, in each region its own. A replica can only have a key of its own
    /// region, and an alias is the one name that is the same in all of them. By default DynamoDB has a key of its own.
    #[builder(default, setter(into, strip_option))]
    key_alias: Option<String>,
    /// Tags of every replica; tags of the stack reach only the one in the stack's region. By default none.
    #[builder(default)]
    tags: BTreeMap<String, String>,
    /// What becomes of the table when it leaves the stack; by default it is retained.
    #[builder(default = RemovalPolicy::Retain)]
    removal: RemovalPolicy,
}

/// A global secondary index with all attributes of the items that it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The name.
    pub name: &'static str,
    /// The attribute that items are found by.
    pub partition_key: Key,
    /// The attribute that orders items of one partition key.
    pub sort_key: Key,
}

/// A table with a replica in each of several regions, paid by request.
///
/// Every replica can be restored to any second of the last 35 days, is protected against deletion, and streams old and new
/// images of its items. The table is made once, by a stack in the home region; in a stack for every region it is an error.
///
/// ```
/// use flagcdk::dynamodb::{GlobalTable, GlobalTableProps, Key};
/// use flagcdk::{App, Placement, Region};
///
/// let regions = [Region::EU_WEST_1, Region::US_EAST_1];
/// let app = App::new("shop", Region::EU_WEST_1).regions(regions);
/// let stack = app.stack("Data", Placement::Home);
/// let props = GlobalTableProps::builder().name("shop-orders").partition_key(Key::text("order_id")).replicas(regions).build();
/// let table = GlobalTable::new(&stack, "Orders", props);
/// stack.output("TableName", table.name());
/// assert!(app.synth()?.template("Data").contains("PointInTimeRecoveryEnabled"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::DynamoDB::GlobalTable](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html).
#[derive(Clone, Debug)]
pub struct GlobalTable {
    pub(super) reference: TableRef,
}

impl GlobalTable {
    /// Makes the table.
    pub fn new(scope: &Scope, id: &str, props: GlobalTableProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        let index_keys = props.indexes.iter().flat_map(|index| [&index.partition_key, &index.sort_key]);
        let keys = [&props.partition_key].into_iter().chain(&props.sort_key).chain(index_keys);
        let definitions: Vec<_> = key::types(&scope, keys)
            .into_iter()
            .map(|(name, kind)| {
                cfn::dynamodb::global_table::AttributeDefinition::new().attribute_name(name).attribute_type(kind)
            })
            .collect();
        let encryption = cfn::dynamodb::global_table::SSESpecification::new().sse_enabled(true).sse_type("KMS");
        let stream = cfn::dynamodb::global_table::StreamSpecification::new().stream_view_type("NEW_AND_OLD_IMAGES");
        let mut table = cfn::dynamodb::GlobalTable::new()
            .table_name(&props.name)
            .attribute_definitions(definitions)
            .key_schema(key_schema(&props.partition_key, props.sort_key.as_ref()))
            .billing_mode("PAY_PER_REQUEST")
            .sse_specification(encryption)
            .stream_specification(stream)
            .replicas(props.replicas.iter().map(|region| replica(*region, &props)).collect::<Vec<_>>());
        if !props.indexes.is_empty() {
            table = table.global_secondary_indexes(props.indexes.iter().map(index).collect::<Vec<_>>());
        }
        let handle = scope.add("Resource", table);
        handle.removal_policy(props.removal);
        let reference = TableRef {
            name: handle.reference(),
            arn: handle.get(cfn::dynamodb::GlobalTable::ARN),
            encryption_key: props.key_alias.map(KeyRef::from_alias),
        };
        Self { reference }
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }

    /// The ARN of the replica in the stack's region.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}

fn key_schema(partition: &Key, sort: Option<&Key>) -> Vec<cfn::dynamodb::global_table::KeySchema> {
    let key = |key: &Key, kind| cfn::dynamodb::global_table::KeySchema::new().attribute_name(key.name).key_type(kind);
    [key(partition, "HASH")].into_iter().chain(sort.map(|sort| key(sort, "RANGE"))).collect()
}

fn index(index: &Index) -> cfn::dynamodb::global_table::GlobalSecondaryIndex {
    cfn::dynamodb::global_table::GlobalSecondaryIndex::new()
        .index_name(index.name)
        .key_schema(key_schema(&index.partition_key, Some(&index.sort_key)))
        .projection(cfn::dynamodb::global_table::Projection::new().projection_type("ALL"))
}

fn replica(region: Region, props: &GlobalTableProps) -> cfn::dynamodb::global_table::ReplicaSpecification {
    let recovery =
        cfn::dynamodb::global_table::PointInTimeRecoverySpecification::new().point_in_time_recovery_enabled(true);
    let mut replica = cfn::dynamodb::global_table::ReplicaSpecification::new()
        .region(region)
        .point_in_time_recovery_specification(recovery)
        .deletion_protection_enabled(true)
        .table_class("STANDARD");
    if let Some(alias) = &props.key_alias {
        let key = cfn::dynamodb::global_table::ReplicaSSESpecification::new().kms_master_key_id(alias);
        replica = replica.sse_specification(key);
    }
    if !props.tags.is_empty() {
        let tags: Vec<_> = props.tags.iter().map(|(key, value)| cfn::Tag::new().key(key).value(value)).collect();
        replica = replica.tags(tags);
    }
    replica
}

fn check(scope: &Scope, props: &GlobalTableProps) {
    key::check_name(scope, &props.name);
    if !props.replicas.contains(&scope.home_region()) {
        scope.error(
            "dynamodb::home-replica",
            format!("there is no replica in the home region `{}`", scope.home_region()),
            "add the home region to the replicas: the stack's own region must have one",
        );
    }
}
