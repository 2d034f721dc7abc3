//! Tables of one region.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, Json, RemovalPolicy, Scope, Value};
use typed_builder::TypedBuilder;

use super::{Key, TableRef, key};
use crate::kms::KeyRef;

/// The most secondary indexes of each kind.
const MAX_GLOBAL: usize = 20;
const MAX_LOCAL: usize = 5;

/// How a [`Table`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct TableProps {
    /// The name; by default CloudFormation makes one, so that the table can be replaced.
    #[builder(default, setter(into, strip_option))]
    name: Option<Value<String>>,
    /// The attribute that tells items apart.
    partition_key: Key,
    /// The attribute that orders items of one partition key; by default there is none.
    #[builder(default, setter(strip_option))]
    sort_key: Option<Key>,
    /// Indexes by other attributes; by default none.
    #[builder(default, setter(into))]
    indexes: Vec<TableIndex>,
    /// What is paid for; by default each request.
    #[builder(default)]
    billing: Billing,
    /// The attribute that holds when an item may be deleted, in seconds since 1970; by default items stay.
    #[builder(default, setter(strip_option))]
    time_to_live: Option<&'static str>,
    /// What the stream of changes holds; by default there is no stream.
    #[builder(default, setter(strip_option))]
    stream: Option<StreamView>,
    /// The key that encrypts the table; by default DynamoDB has one for the account.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// For how many days the table can be restored to any second of them, 1 to 35; by default 35.
    #[builder(default = 35)]
    recovery_days: u8,
    /// Whether DynamoDB refuses to delete the table; by default it does, and a stack that is to delete it must say otherwise
    /// first.
    #[builder(default = true)]
    deletion_protection: bool,
    /// What becomes of the table when it leaves the stack; by default it is retained.
    #[builder(default = RemovalPolicy::Retain)]
    removal: RemovalPolicy,
}

/// What is paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Billing {
    /// Each request.
    #[default]
    OnDemand,
    /// Each request, of which no more units are served in a second than these.
    OnDemandUpTo {
        /// Units of reading.
        read: u32,
        /// Units of writing.
        write: u32,
    },
    /// Units in each second, used or not, for the table and for each of its global indexes.
    Provisioned {
        /// Units of reading.
        read: u32,
        /// Units of writing.
        write: u32,
    },
}

/// What a stream holds of an item that was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamView {
    /// Its key.
    KeysOnly,
    /// The item as it is.
    NewImage,
    /// The item as it was.
    OldImage,
    /// Both.
    NewAndOldImages,
}

/// An index of a table by other attributes. It holds the items that have these attributes, whole unless it is told otherwise.
///
/// ```
/// use flagcdk::dynamodb::{Key, TableIndex};
///
/// let by_customer = TableIndex::global("by_customer", Key::text("customer")).sort_key(Key::number("placed_at"));
/// let by_price = TableIndex::local("by_price", Key::number("price")).with_keys_only();
/// ```
///
/// See [secondary indexes](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/SecondaryIndexes.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableIndex {
    name: &'static str,
    /// None for a local index, which has the table's.
    partition_key: Option<Key>,
    sort_key: Option<Key>,
    projection: Projection,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Projection {
    All,
    KeysOnly,
    Include(Vec<&'static str>),
}

/// A table in one region, encrypted, paid by request, protected against deletion, and restorable to any second of the last
/// 35 days.
///
/// ```
/// use flagcdk::dynamodb::{Key, StreamView, Table, TableIndex, TableProps};
/// use flagcdk::iam::Permissions;
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Data", Placement::Home);
/// let props = TableProps::builder()
///     .partition_key(Key::text("order_id"))
///     .indexes([TableIndex::global("by_customer", Key::text("customer"))])
///     .time_to_live("expires_at")
///     .stream(StreamView::NewImage)
///     .build();
/// let table = Table::new(&stack, "Orders", props);
/// let permissions = Permissions::new();
/// table.as_ref().grant_read_write(&permissions);
/// stack.output("Stream", table.stream_arn());
/// assert!(app.synth()?.template("Data").contains("PointInTimeRecoveryEnabled"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::DynamoDB::Table](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html).
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) reference: TableRef,
    scope: Scope,
    stream_arn: Value<Arn>,
    has_stream: bool,
}

impl TableIndex {
    /// An index over the whole table, eventually consistent.
    pub const fn global(name: &'static str, partition_key: Key) -> Self {
        Self { name, partition_key: Some(partition_key), sort_key: None, projection: Projection::All }
    }

    /// Another order of the items of each partition key. It can only be made together with its table.
    pub const fn local(name: &'static str, sort_key: Key) -> Self {
        Self { name, partition_key: None, sort_key: Some(sort_key), projection: Projection::All }
    }

    /// The attribute that orders items of one partition key.
    #[must_use]
    pub fn sort_key(mut self, key: Key) -> Self {
        self.sort_key = Some(key);
        self
    }

    /// Holds the keys of items alone.
    #[must_use]
    pub fn with_keys_only(mut self) -> Self {
        self.projection = Projection::KeysOnly;
        self
    }

    /// Holds the keys of items and these attributes.
    #[must_use]
    pub fn with_attributes(mut self, names: impl IntoIterator<Item = &'static str>) -> Self {
        self.projection = Projection::Include(names.into_iter().collect());
        self
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    fn projection(&self) -> cfn::dynamodb::table::Projection {
        let projection = cfn::dynamodb::table::Projection::new();
        match &self.projection {
            Projection::All => projection.projection_type("ALL"),
            Projection::KeysOnly => projection.projection_type("KEYS_ONLY"),
            Projection::Include(names) => projection.projection_type("INCLUDE").non_key_attributes(names.as_slice()),
        }
    }
}

impl Table {
    /// Makes the table.
    pub fn new(scope: &Scope, id: &str, props: TableProps) -> Self {
        use cfn::dynamodb::table as property;

        let scope = scope.construct(id);
        check(&scope, &props);
        let index_keys = props.indexes.iter().flat_map(|index| index.partition_key.iter().chain(&index.sort_key));
        let keys = [&props.partition_key].into_iter().chain(&props.sort_key).chain(index_keys);
        let definitions: Vec<_> = key::types(&scope, keys)
            .into_iter()
            .map(|(name, kind)| property::AttributeDefinition::new().attribute_name(name).attribute_type(kind))
            .collect();
        let mut encryption = property::SSESpecification::new().sse_enabled(true).sse_type("KMS");
        if let Some(key) = &props.encryption_key {
            encryption = encryption.kms_master_key_id(key.arn());
        }
        let mut table = cfn::dynamodb::Table::new()
            .key_schema(key_schema(&props.partition_key, props.sort_key.as_ref()).into_value().cast::<Json>())
            .attribute_definitions(definitions)
            .sse_specification(encryption)
            .point_in_time_recovery_specification(
                property::PointInTimeRecoverySpecification::new()
                    .point_in_time_recovery_enabled(true)
                    .recovery_period_in_days(props.recovery_days),
            )
            .deletion_protection_enabled(props.deletion_protection);
        if let Some(name) = props.name {
            table = table.table_name(name);
        }
        table = match props.billing {
            Billing::OnDemand => table.billing_mode("PAY_PER_REQUEST"),
            Billing::OnDemandUpTo { read, write } => {
                let most = property::OnDemandThroughput::new();
                let most = most.max_read_request_units(read).max_write_request_units(write);
                table.billing_mode("PAY_PER_REQUEST").on_demand_throughput(most)
            }
            Billing::Provisioned { read, write } => {
                let units =
                    property::ProvisionedThroughput::new().read_capacity_units(read).write_capacity_units(write);
                table.billing_mode("PROVISIONED").provisioned_throughput(units)
            }
        };
        if let Some(attribute) = props.time_to_live {
            let expiry = property::TimeToLiveSpecification::new().enabled(true).attribute_name(attribute);
            table = table.time_to_live_specification(expiry);
        }
        if let Some(view) = props.stream {
            let stream = property::StreamSpecification::new().stream_view_type(view.as_str());
            table = table.stream_specification(stream);
        }
        let (global, local): (Vec<_>, Vec<_>) =
            props.indexes.iter().partition::<Vec<&TableIndex>, _>(|index| index.partition_key.is_some());
        if !global.is_empty() {
            let billing = props.billing;
            table = table.global_secondary_indexes(
                global.into_iter().map(|index| global_index(index, billing)).collect::<Vec<_>>(),
            );
        }
        if !local.is_empty() {
            let partition_key = &props.partition_key;
            let index = |index: &TableIndex| {
                property::LocalSecondaryIndex::new()
                    .index_name(index.name)
                    .key_schema(key_schema(partition_key, index.sort_key.as_ref()))
                    .projection(index.projection())
            };
            table = table.local_secondary_indexes(local.into_iter().map(index).collect::<Vec<_>>());
        }
        let handle = scope.add("Resource", table);
        handle.removal_policy(props.removal);
        let reference = TableRef {
            name: handle.reference(),
            arn: handle.get(cfn::dynamodb::Table::ARN),
            encryption_key: props.encryption_key,
        };
        let stream_arn = handle.get(cfn::dynamodb::Table::STREAM_ARN);
        Self { reference, scope, stream_arn, has_stream: props.stream.is_some() }
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The ARN of the stream. A table without one is a finding.
    pub fn stream_arn(&self) -> Value<Arn> {
        if !self.has_stream {
            self.scope.error(
                "dynamodb::no-stream",
                "the stream of the table is asked for, which has none",
                "make the table with `.stream(StreamView::NewAndOldImages)`",
            );
        }
        self.stream_arn.clone()
    }
}

impl StreamView {
    const fn as_str(self) -> &'static str {
        match self {
            Self::KeysOnly => "KEYS_ONLY",
            Self::NewImage => "NEW_IMAGE",
            Self::OldImage => "OLD_IMAGE",
            Self::NewAndOldImages => "NEW_AND_OLD_IMAGES",
        }
    }
}

type KeySchema = cfn::dynamodb::table::KeySchema;

fn key_schema(partition: &Key, sort: Option<&Key>) -> Vec<KeySchema> {
    let key = |key: &Key, kind| cfn::dynamodb::table::KeySchema::new().attribute_name(key.name).key_type(kind);
    [key(partition, "HASH")].into_iter().chain(sort.map(|sort| key(sort, "RANGE"))).collect()
}

fn global_index(index: &TableIndex, billing: Billing) -> cfn::dynamodb::table::GlobalSecondaryIndex {
    use cfn::dynamodb::table as property;

    let partition_key = index.partition_key.as_ref().expect("a global index has a partition key");
    let property = property::GlobalSecondaryIndex::new()
        .index_name(index.name)
        .key_schema(key_schema(partition_key, index.sort_key.as_ref()))
        .projection(index.projection());
    match billing {
        Billing::OnDemand => property,
        Billing::OnDemandUpTo { read, write } => property.on_demand_throughput(
            property::OnDemandThroughput::new().max_read_request_units(read).max_write_request_units(write),
        ),
        Billing::Provisioned { read, write } => property.provisioned_throughput(
            property::ProvisionedThroughput::new().read_capacity_units(read).write_capacity_units(write),
        ),
    }
}

fn check(scope: &Scope, props: &TableProps) {
    if let Some(name) = props.name.as_ref().and_then(Value::literal) {
        key::check_name(scope, name);
    }
    if !(1..=35).contains(&props.recovery_days) {
        scope.error(
            "dynamodb::recovery",
            format!("the table is to be restorable for {} days, wanted 1 to 35", props.recovery_days),
            "choose a number of days in that range",
        );
    }
    let count = |global: bool| props.indexes.iter().filter(|index| index.partition_key.is_some() == global).count();
    for (kind, got, most) in [("global", count(true), MAX_GLOBAL), ("local", count(false), MAX_LOCAL)] {
        if got > most {
            scope.error(
                "dynamodb::indexes",
                format!("the table has {got} {kind} indexes, DynamoDB allows {most}"),
                "let one index serve several queries, by attributes that are made for it",
            );
        }
    }
    if count(false) > 0 && props.sort_key.is_none() {
        scope.error(
            "dynamodb::local-index",
            "the table has a local index and no sort key",
            "give the table a sort key, or make the index a global one",
        );
    }
    let mut names: Vec<_> = props.indexes.iter().map(|index| index.name).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        scope.error(
            "dynamodb::index-name",
            format!("two indexes are named `{}`", pair[0]),
            "give one of the two another name",
        );
    }
}
