//! Tables as others know them.

use flagcdk_core::{Arn, IntoValue, Value, text};

use super::{GlobalTable, Table};
use crate::arn;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::{Metric, Statistic};
use crate::iam::{Grantee, Statement};
use crate::kms::KeyRef;
use crate::reference::reference;

/// A table in one region, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRef {
    pub(super) name: Value<String>,
    pub(super) arn: Value<Arn>,
    pub(super) encryption_key: Option<KeyRef>,
}

/// What writing takes of the key that encrypts a table.
const WRITE_WITH_KEY: [&str; 5] =
    ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];

impl TableRef {
    /// A table, or the replica of one, in the stack's own account and region that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        Self::from_name_in(Value::region(), name)
    }

    /// As [`TableRef::from_name`], in another region.
    pub fn from_name_in(region: impl IntoValue<String>, name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        let place = text![region, ":", Value::account_id(), ":table/"];
        let arn = text!["arn:", Value::partition(), ":dynamodb:", place, &name];
        Self { arn: arn.cast(), name, encryption_key: None }
    }

    /// A table that exists already, by its ARN.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        let arn = arn.into_value();
        Self { name: arn::after_slash(&arn), arn, encryption_key: None }
    }

    /// Says which key encrypts an imported table, so that grants are for the key too.
    #[must_use]
    pub fn encrypted_with(mut self, key: impl Into<KeyRef>) -> Self {
        self.encryption_key = Some(key.into());
        self
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// Lets somebody get and query items, also by the indexes.
    pub fn grant_read(&self, grantee: &impl Grantee) {
        let actions = ["dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query"];
        let read = Statement::allow(actions).on(&self.arn).on(text![&self.arn, "/index/*"]);
        grantee.grant("ReadTable", self.with_key(read, ["kms:Decrypt", "kms:DescribeKey"]));
    }

    /// Lets somebody put and update items, also in transactions, but not delete them.
    pub fn grant_write(&self, grantee: &impl Grantee) {
        let actions = ["dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
        let write = Statement::allow(actions).on(&self.arn);
        grantee.grant("WriteTable", self.with_key(write, WRITE_WITH_KEY));
    }

    /// Lets somebody delete items.
    pub fn grant_delete(&self, grantee: &impl Grantee) {
        let actions = ["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem"];
        grantee.grant("DeleteFromTable", self.with_key(Statement::allow(actions).on(&self.arn), WRITE_WITH_KEY));
    }

    /// Lets somebody read all items of the table and of its indexes, which costs as much as they have bytes.
    pub fn grant_scan(&self, grantee: &impl Grantee) {
        let scan = Statement::allow(["dynamodb:Scan"]).on(&self.arn).on(text![&self.arn, "/index/*"]);
        grantee.grant("ScanTable", self.with_key(scan, ["kms:Decrypt", "kms:DescribeKey"]));
    }

    /// Lets somebody get, query, put, update and delete items, one by one, in batches and in transactions.
    pub fn grant_read_write(&self, grantee: &impl Grantee) {
        self.grant_read(grantee);
        let actions = [
            "dynamodb:BatchWriteItem",
            "dynamodb:ConditionCheckItem",
            "dynamodb:DeleteItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ];
        grantee.grant("ChangeTable", self.with_key(Statement::allow(actions).on(&self.arn), WRITE_WITH_KEY));
    }

    /// How many requests of an operation, such as `PutItem`, were throttled.
    ///
    /// See [metrics of DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_throttled(&self, operation: &'static str) -> Metric {
        self.metric("ThrottledRequests").dimension("Operation", operation)
    }

    /// How many requests of an operation, such as `PutItem`, failed for a reason of DynamoDB's.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_system_errors(&self, operation: &'static str) -> Metric {
        self.metric("SystemErrors").dimension("Operation", operation)
    }

    /// How many milliseconds requests of an operation took that went well.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_latency(&self, operation: &'static str) -> Metric {
        self.metric("SuccessfulRequestLatency").dimension("Operation", operation).statistic(Statistic::Average)
    }

    /// How many units of reading were consumed.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_consumed_read(&self) -> Metric {
        self.metric("ConsumedReadCapacityUnits")
    }

    /// How many units of writing were consumed.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_consumed_write(&self) -> Metric {
        self.metric("ConsumedWriteCapacityUnits")
    }

    /// The sum over a minute of another metric of DynamoDB.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/DynamoDB", name).dimension("TableName", &self.name)
    }

    /// Lets Lambda read a stream of the table on behalf of a function.
    ///
    /// See [execution role permissions](https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html).
    pub fn grant_stream_read(&self, stream_arn: impl IntoValue<String>, grantee: &impl Grantee) {
        let actions = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"];
        let mut statements =
            self.with_key(Statement::allow(actions).on(stream_arn), ["kms:Decrypt", "kms:DescribeKey"]);
        statements.push(Statement::allow(["dynamodb:ListStreams"]).on_anything());
        grantee.grant("ReadStream", statements);
    }

    /// A statement, and the one for the key that it is of no use without.
    ///
    /// DynamoDB uses the key on behalf of whoever calls, who therefore needs it too.
    /// See [encryption usage notes](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html).
    fn with_key<const N: usize>(&self, statement: Statement, actions: [&'static str; N]) -> Vec<Statement> {
        let key = self.encryption_key.as_ref().map(|key| key.statement_via("dynamodb", actions));
        [statement].into_iter().chain(key).collect()
    }
}

reference!(GlobalTable, Table => TableRef);
