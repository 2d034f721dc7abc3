//! The operator's port, spoken to DynamoDB.

use flag_model::{
    AttributeError, CURRENT_VERSION, FLAG_ID, FlagId, HEAD_SERVICE, Item, ItemKey, STATUS, ServiceName, VERSION,
    Version, item_from_json, item_to_json,
};
use flag_operator::{Page, Replica, Seen, Write};
use flagcdk::patterns::GlobalFlagTable;
use flagcdk_assembly::Region;
use flagcdk_aws::{AwsCloud, Expression, ItemPage, ItemQuery, ItemWrite};
use flagcdk_engine::CloudError;
use serde_json::{Value, json};

/// How many versions are asked for at once. Most flags have fewer, and few people look further back.
const VERSIONS: i32 = 25;

/// The table of flags, in a region.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    pub(super) cloud: &'a AwsCloud,
    pub(super) region: Region,
    pub(super) name: &'a str,
}

/// Why the table could not be asked.
#[derive(Debug)]
pub(super) enum TableError {
    /// The request failed.
    Cloud(CloudError),
    /// The answer is malformed.
    Item(AttributeError),
}

impl std::fmt::Display for TableError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cloud(error) => error.fmt(f),
            Self::Item(error) => write!(f, "the table's answer is malformed: {error}"),
        }
    }
}

impl std::error::Error for TableError {}

impl From<CloudError> for TableError {
    fn from(error: CloudError) -> Self {
        Self::Cloud(error)
    }
}

impl Replica for Table<'_> {
    type Error = TableError;

    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, TableError> {
        let item = self.cloud.item(self.region, self.name, &item_to_json(&key.to_item())).await?;
        item.map(|item| item_from_json(&item)).transpose().map_err(TableError::Item)
    }

    async fn versions(&self, flag: &FlagId, below: Option<Version>, from: Option<Item>) -> Result<Page, TableError> {
        let highest = below.map_or(flag_model::MAX_VERSION, |below| below.get() - 1);
        // DynamoDB refuses a range that ends before it begins.
        if highest == 0 {
            return Ok(Page::default());
        }
        let key = Expression::new("#flag = :flag AND #version BETWEEN :first AND :last")
            .name("#flag", FLAG_ID)
            .name("#version", VERSION)
            .value(":flag", json!({ "S": flag }))
            .value(":first", json!({ "N": "1" }))
            .value(":last", json!({ "N": highest.to_string() }));
        self.page(ItemQuery { key: Some(key), descending: true, limit: Some(VERSIONS), ..self.query(None, from) }).await
    }

    async fn heads(&self, service: Option<&ServiceName>, from: Option<Item>) -> Result<Page, TableError> {
        let key = service.map(|service| {
            let of_service = Expression::new("#service = :service").name("#service", HEAD_SERVICE);
            of_service.value(":service", json!({ "S": service }))
        });
        self.page(ItemQuery { key, ..self.query(Some(GlobalFlagTable::SERVICE_INDEX), from) }).await
    }

    async fn write(&self, writes: &[Write]) -> Result<bool, TableError> {
        let writes: Vec<_> = writes.iter().map(to_item_write).collect();
        Ok(self.cloud.write_items(self.region, self.name, &writes).await?)
    }
}

impl Table<'_> {
    fn query(&self, index: Option<&str>, from: Option<Item>) -> ItemQuery {
        let start = from.map(|from| item_to_json(&from));
        ItemQuery { table: self.name.to_owned(), index: index.map(str::to_owned), start, ..ItemQuery::default() }
    }

    async fn page(&self, query: ItemQuery) -> Result<Page, TableError> {
        let ItemPage { items, next } = self.cloud.items(self.region, &query).await?;
        let items: Result<Vec<_>, _> = items.iter().map(item_from_json).collect();
        let next = next.map(|next| item_from_json(&next)).transpose();
        Ok(Page { items: items.map_err(TableError::Item)?, next: next.map_err(TableError::Item)? })
    }
}

/// A write with its condition.
fn to_item_write(write: &Write) -> ItemWrite {
    let key_of = |key: &ItemKey| item_to_json(&key.to_item());
    let there = Expression::default().name("#flag", FLAG_ID);
    match write {
        Write::Create(item) => ItemWrite::Put {
            item: item_to_json(item),
            condition: Expression { text: "attribute_not_exists(#flag)".to_owned(), ..there },
        },
        Write::ReplaceHead { head, seen } => ItemWrite::Put { item: item_to_json(head), condition: is_as_seen(seen) },
        Write::MarkRolledBack { key, execution } => ItemWrite::Update {
            key: key_of(key),
            update: Expression { text: "SET #status = :status, #by = :by".to_owned(), ..there }
                .name("#status", STATUS)
                .name("#by", "rolled_back_by")
                .value(":status", text("rolled_back"))
                .value(":by", text(execution)),
            condition: "attribute_exists(#flag)".to_owned(),
        },
        Write::StillGood(key) => {
            let good = "attribute_exists(#flag) AND (attribute_not_exists(#status) OR #status = :good)".to_owned();
            let condition = Expression { text: good, ..there }.name("#status", STATUS).value(":good", text("good"));
            ItemWrite::Check { key: key_of(key), condition }
        }
    }
}

/// The condition that a head is still the one that was read.
fn is_as_seen(seen: &Seen) -> Expression {
    let condition = Expression::new("#current = :current AND ")
        .name("#current", CURRENT_VERSION)
        .name("#status", STATUS)
        .value(":current", json!({ "N": seen.version.to_string() }));
    match &seen.status {
        None => Expression { text: format!("{}attribute_not_exists(#status)", condition.text), ..condition },
        Some(status) => Expression { text: format!("{}#status = :status", condition.text), ..condition }
            .value(":status", status.to_json()),
    }
}

fn text(text: &str) -> Value {
    json!({ "S": text })
}
