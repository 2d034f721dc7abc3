//! `Keys`, in every region: the key that encrypts everything else.

use flagcdk::patterns::{EncryptionKeys, EncryptionKeysProps};
use flagcdk::{App, Placement, Stack};

use crate::Config;

/// The stack, and what others need of it.
pub(crate) struct Keys {
    pub(crate) stack: Stack,
    pub(crate) keys: EncryptionKeys,
}

pub(crate) fn stack(app: &App, config: &Config) -> Keys {
    let stack =
        app.stack("Keys", Placement::EveryRegion).describe("The key that encrypts feature flags in this region");
    let props = EncryptionKeysProps::builder().name_prefix(config.name_prefix()).build();
    let keys = EncryptionKeys::new(&stack, "Main", props);
    stack.described_output("KeyId", keys.key().id(), "KMS key id");
    stack.described_output("KeyArn", keys.key().arn(), "KMS key ARN");
    Keys { stack, keys }
}
