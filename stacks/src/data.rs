//! `Data`, in the home region: what exists once, the table of flags with its replicas in every region.

use flagcdk::opensearch::service_linked_role;
use flagcdk::patterns::{GlobalFlagTable, GlobalFlagTableProps};
use flagcdk::{App, Placement};

use crate::Config;
use crate::keys::Keys;

/// What others need of the stack.
pub(crate) struct Data {
    pub(crate) table: GlobalFlagTable,
}

pub(crate) fn stack(app: &App, config: &Config, keys: &Keys) -> Data {
    let stack = app.stack("Data", Placement::Home).describe("The table of feature flags, replicated to every region");
    // Replicas find their keys by an alias, which no reference tells CloudFormation about.
    stack.depends_on(&keys.stack);
    let props = GlobalFlagTableProps::builder()
        .name_prefix(config.name_prefix())
        .replicas(config.regions.clone())
        .key_alias(keys.keys.alias())
        .tags(config.all_tags())
        .build();
    let table = GlobalFlagTable::new(&stack, "Flags", props);
    if config.opensearch_service_linked_role {
        service_linked_role(&stack, "OpenSearchServiceLinkedRole");
    }
    stack.described_output("TableName", table.name(), "DynamoDB table name, the same in every region");
    stack.described_output("TableArn", table.arn(), "DynamoDB table ARN in the home region");
    Data { table }
}
