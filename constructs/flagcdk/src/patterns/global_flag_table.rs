//! The table of flags, in every region at once.

use std::collections::BTreeMap;

use flagcdk_core::{Arn, LookUpKind, Region, Scope, Stack, TextSource, Value};
use typed_builder::TypedBuilder;

use crate::dynamodb::{GlobalTable, GlobalTableProps, Index, Key, TableRef};
use crate::iam::{Grantee, Statement};
use crate::kms::KeyRef;

/// How a [`GlobalFlagTable`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct GlobalFlagTableProps {
    /// What the names of the app's resources begin with; the table is `<name_prefix>-flags`.
    #[builder(setter(into))]
    name_prefix: String,
    /// The regions that have a replica, the home region among them.
    #[builder(setter(into))]
    replicas: Vec<Region>,
    /// The alias of the key in each region, see [`EncryptionKeys::alias`](super::EncryptionKeys::alias).
    #[builder(setter(into))]
    key_alias: String,
    /// Tags of every replica; by default none.
    #[builder(default)]
    tags: BTreeMap<String, String>,
}

/// The table of flags and of all their versions, with a replica in every region.
///
/// An item is a version of a flag: `flag_id` and `version` tell them apart. Version 0 is the flag's head, which says what
/// the current version is; heads alone have the attribute `head_service`, so that the index
/// [`GlobalFlagTable::SERVICE_INDEX`] holds one item for each flag and answers which flags a service has.
///
/// Nothing here expires: what a rollback goes back to must not be gone. Writes go to the home region's replica, and every
/// region's stream carries them.
///
/// ```
/// use flagcdk::patterns::{GlobalFlagTable, GlobalFlagTableProps};
/// use flagcdk::{App, Placement, Region};
///
/// let regions = [Region::EU_WEST_1, Region::US_EAST_1];
/// let app = App::new("dev-flags", Region::EU_WEST_1).regions(regions);
/// let data = app.stack("Data", Placement::Home);
/// let props = GlobalFlagTableProps::builder().name_prefix("dev-flags").replicas(regions).key_alias("alias/dev-flags");
/// let table = GlobalFlagTable::new(&data, "Flags", props.build());
///
/// let regional = app.stack("Regional", Placement::EveryRegion);
/// regional.output("StreamArn", table.stream_arn(&regional));
/// let assembly = app.synth()?;
/// assert_eq!(assembly.manifest.stack("Regional").unwrap().look_ups.len(), 1);
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct GlobalFlagTable {
    table: GlobalTable,
    name: String,
    key_alias: String,
    stack: Stack,
}

impl GlobalFlagTable {
    /// The index of the heads of flags by their service.
    pub const SERVICE_INDEX: &str = "service-index";

    /// Makes the table.
    pub fn new(scope: &Scope, id: &str, props: GlobalFlagTableProps) -> Self {
        let name = format!("{}-flags", props.name_prefix);
        let heads = Index {
            name: Self::SERVICE_INDEX,
            partition_key: Key::text("head_service"),
            sort_key: Key::text("flag_id"),
        };
        let table = GlobalTableProps::builder()
            .name(&name)
            .partition_key(Key::text("flag_id"))
            .sort_key(Key::number("version"))
            .indexes([heads])
            .replicas(props.replicas)
            .key_alias(&props.key_alias)
            .tags(props.tags)
            .build();
        let table = GlobalTable::new(scope, id, table);
        Self { table, name, key_alias: props.key_alias, stack: scope.stack() }
    }

    /// The name, which is the same in every region and known now.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The ARN of the replica in the home region.
    pub fn arn(&self) -> Value<Arn> {
        self.table.arn()
    }

    /// The replica in the region of whoever uses it.
    pub fn replica(&self) -> TableRef {
        TableRef::from_name(&self.name).encrypted_with(KeyRef::from_alias(&self.key_alias))
    }

    /// The replica in the home region, the one that is written to.
    pub fn home_replica(&self) -> TableRef {
        let home = self.stack.home_region();
        TableRef::from_name_in(home, &self.name).encrypted_with(KeyRef::from_alias_in(home, &self.key_alias))
    }

    /// Lets somebody read from the replica in its own region by these actions and no others.
    pub(super) fn grant_reading<const N: usize>(&self, actions: [&'static str; N], grantee: &impl Grantee) {
        let key = KeyRef::from_alias(&self.key_alias).statement_via("dynamodb", ["kms:Decrypt", "kms:DescribeKey"]);
        grantee.grant("ReadFlags", vec![Statement::allow(actions).on(self.replica().arn()), key]);
    }

    /// Lets somebody write to the table by these actions and no others, in the home region. Elsewhere it may not, be it to
    /// that region's replica or to the home region's.
    pub(super) fn grant_writing<const N: usize>(&self, actions: [&'static str; N], grantee: &impl Grantee) {
        let home = self.stack.home_region();
        let actions_of_key =
            ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];
        let key = KeyRef::from_alias_in(home, &self.key_alias).statement_via("dynamodb", actions_of_key);
        let write = Statement::allow(actions).on(self.replica().arn());
        grantee.grant("WriteFlags", vec![write.when("StringEquals", "aws:RequestedRegion", home), key]);
    }

    /// The ARN of the stream of the replica in the region of `stack`, which is deployed after the table.
    ///
    /// It ends in the time at which the stream was made, so that the deploy reads it in each region.
    pub fn stream_arn(&self, stack: &Stack) -> Value<String> {
        stack.depends_on(&self.stack);
        let table = TextSource::Literal { text: self.name.clone() };
        stack.look_up("FlagTable", "StreamArn", LookUpKind::DynamodbStream { table })
    }
}
