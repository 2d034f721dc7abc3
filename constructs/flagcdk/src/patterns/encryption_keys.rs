//! The key of an app in each of its regions.

use flagcdk_core::Scope;
use typed_builder::TypedBuilder;

use crate::kms::{Key, KeyProps, KeyRef, KeyService};

/// How [`EncryptionKeys`] are made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct EncryptionKeysProps {
    /// What the names of the app's resources begin with; the keys' alias is `alias/<name_prefix>`.
    #[builder(setter(into))]
    name_prefix: String,
}

/// A key in every region of a stack, under one alias.
///
/// The alias is what makes them one thing: a table with replicas in twelve regions names the alias, and each replica finds
/// the key of its own region.
///
/// Topics, queues, alarms, rules, log groups and the logs of state machines can all use the key, see [`KeyService`].
///
/// ```
/// use flagcdk::patterns::{EncryptionKeys, EncryptionKeysProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("dev-flags", Region::EU_WEST_1).regions([Region::EU_WEST_1, Region::US_EAST_1]);
/// let stack = app.stack("Keys", Placement::EveryRegion);
/// let keys = EncryptionKeys::new(&stack, "Main", EncryptionKeysProps::builder().name_prefix("dev-flags").build());
/// assert_eq!(keys.alias(), "alias/dev-flags");
/// assert!(app.synth()?.template("Keys").contains("alias/dev-flags"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct EncryptionKeys {
    key: Key,
    alias: String,
}

impl EncryptionKeys {
    /// Makes the keys.
    pub fn new(scope: &Scope, id: &str, props: EncryptionKeysProps) -> Self {
        let alias = format!("alias/{}", props.name_prefix);
        let key = KeyProps::builder()
            .description(format!("Everything of {} in this region", props.name_prefix))
            .alias(&alias)
            .services([
                KeyService::CloudWatchAlarms,
                KeyService::CloudWatchLogDelivery,
                KeyService::CloudWatchLogs,
                KeyService::EventBridge,
                KeyService::Sns,
            ])
            .build();
        Self { key: Key::new(scope, id, key), alias }
    }

    /// The key of the region that the stack is in.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The alias, which is the same in every region.
    pub fn alias(&self) -> &str {
        &self.alias
    }
}

impl From<&EncryptionKeys> for KeyRef {
    fn from(keys: &EncryptionKeys) -> Self {
        (&keys.key).into()
    }
}
