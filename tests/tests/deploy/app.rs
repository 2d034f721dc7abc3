//! A small app with everything that makes a deploy interesting: a home stack that needs a StackSet, a wire, a look-up, an
//! import, and an asset.

use flagcdk_assembly::Assembly;
use flagcdk_core::{
    App, Arn, AssetSource, LookUpKind, Placement, RawResource, Region, RemovalPolicy, TextSource, Value, text,
};
use serde_json::json;

/// What a test varies.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) regions: Vec<Region>,
    pub(crate) visibility_timeout: i64,
    pub(crate) replicas: Vec<Region>,
}

pub(crate) const REGIONS: [Region; 3] = [Region::EU_WEST_1, Region::SA_EAST_1, Region::US_EAST_1];

impl Default for Variant {
    fn default() -> Self {
        Self { regions: REGIONS.to_vec(), visibility_timeout: 30, replicas: REGIONS.to_vec() }
    }
}

impl Variant {
    pub(crate) fn assembly(&self) -> Assembly {
        let app = App::new("test-shop", Region::EU_WEST_1).regions(self.regions.clone()).tag("Owner", "team");
        let keys = app.stack("Keys", Placement::EveryRegion).describe("the key of each region");
        let key = keys.add(
            "Key",
            RawResource::new("AWS::KMS::Key").set(
                "KeyPolicy",
                json!({ "Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Action": "kms:*", "Resource": "*",
                    "Principal": { "AWS": { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } },
                }] }),
            ),
        );
        keys.add(
            "Alias",
            RawResource::new("AWS::KMS::Alias").set("AliasName", "alias/test-shop").set("TargetKeyId", key.reference()),
        );

        let data = app.stack("Data", Placement::Home).describe("the table of all regions");
        data.depends_on(&keys);
        let replicas: Vec<_> = self
            .replicas
            .iter()
            .map(|region| json!({ "Region": region, "SSESpecification": { "KMSMasterKeyId": "alias/test-shop" } }))
            .collect();
        let table = data.add(
            "Table",
            RawResource::new("AWS::DynamoDB::GlobalTable")
                .set("TableName", "test-shop-orders".to_owned())
                .set("BillingMode", "PAY_PER_REQUEST")
                .set("AttributeDefinitions", json!([{ "AttributeName": "id", "AttributeType": "S" }]))
                .set("KeySchema", json!([{ "AttributeName": "id", "KeyType": "HASH" }]))
                .set("StreamSpecification", json!({ "StreamViewType": "NEW_AND_OLD_IMAGES" }))
                .set("SSESpecification", json!({ "SSEEnabled": true, "SSEType": "KMS" }))
                .set("Replicas", json!(replicas)),
        );
        table.removal_policy(RemovalPolicy::Retain);

        let bus = app.stack("Bus", Placement::EveryRegion).describe("the queue of each region");
        let stream = LookUpKind::DynamodbStream { table: TextSource::Literal { text: "test-shop-orders".into() } };
        let code = bus.asset("Code", AssetSource::Directory { path: "code".into() });
        bus.add(
            "Queue",
            RawResource::new("AWS::SQS::Queue")
                .set("VisibilityTimeout", self.visibility_timeout)
                .set("KmsMasterKeyId", key.raw_attribute::<Arn>("Arn")),
        );
        bus.output("Table", table.reference());
        bus.output("Stream", bus.look_up("StreamArns", "Orders", stream));
        bus.output("Code", text![code.bucket, "/", code.key]);
        bus.output("Region", Value::region());
        app.synth().unwrap()
    }
}
