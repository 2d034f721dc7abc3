//! Which cargo feature a service is behind.

use std::collections::BTreeSet;

use super::Error;

/// Registries take crates with no more features than this.
const MOST: usize = 300;

/// So small services share a feature with their kin.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "aiservices",
        &[
            "comprehend",
            "lookoutequipment",
            "lookoutvision",
            "polly",
            "rekognition",
            "textract",
            "transcribe",
            "translate",
        ],
    ),
    ("amplify", &["amplify", "amplifyuibuilder"]),
    (
        "applicationrecovery",
        &["arcregionswitch", "arczonalshift", "route53recoverycontrol", "route53recoveryreadiness"],
    ),
    ("autoscaling", &["autoscaling", "autoscalingplans"]),
    ("backup", &["backup", "backupgateway"]),
    ("bedrock", &["bedrock", "bedrockmantle"]),
    (
        "billing",
        &[
            "bcm",
            "bcmdataexports",
            "bcmpricingcalculator",
            "billing",
            "billingconductor",
            "budgets",
            "ce",
            "cur",
            "invoicing",
            "pricingplanmanager",
        ],
    ),
    ("cleanrooms", &["cleanrooms", "cleanroomsml"]),
    (
        "codestar",
        &[
            "codeconnections",
            "codeguruprofiler",
            "codegurureviewer",
            "codestar",
            "codestarconnections",
            "codestarnotifications",
        ],
    ),
    ("connectcampaigns", &["connectcampaigns", "connectcampaignsv2"]),
    ("devops", &["devopsagent", "devopsguru"]),
    ("docdb", &["docdb", "docdbelastic"]),
    ("emr", &["emr", "emrcontainers", "emrserverless"]),
    ("gamelift", &["gamelift", "gameliftstreams"]),
    ("greengrass", &["greengrass", "greengrassv2"]),
    ("health", &["healthagent", "healthimaging", "healthlake"]),
    ("ivs", &["ivs", "ivschat"]),
    ("kendra", &["kendra", "kendraranking"]),
    ("kinesisanalytics", &["kinesisanalytics", "kinesisanalyticsv2"]),
    ("licensemanager", &["licensemanager", "licensemanagerlinuxsubscriptions", "licensemanagerusersubscriptions"]),
    ("msk", &["kafkaconnect", "msk"]),
    ("mwaa", &["mwaa", "mwaaserverless"]),
    ("networkmonitor", &["internetmonitor", "networkflowmonitor", "networkmonitor"]),
    ("notifications", &["notifications", "notificationscontacts"]),
    ("opensearchservice", &["opensearch", "opensearchservice"]),
    ("pcaconnector", &["pcaconnectorad", "pcaconnectorscep"]),
    ("resiliencehub", &["resiliencehub", "resiliencehubv2"]),
    ("servicecatalog", &["servicecatalog", "servicecatalogappregistry"]),
    ("support", &["supportapp", "supportauthz"]),
    ("systemsmanager", &["ssmcontacts", "ssmguiconnect", "ssmincidents", "ssmquicksetup", "systemsmanagersap"]),
    ("waf", &["waf", "wafregional"]),
    ("workspaces", &["workspaces", "workspacesinstances", "workspacesthinclient", "workspacesweb"]),
];

const BEGIN: &str = "# Written by `cargo xtask codegen`: one feature for each service, or for a few small ones.\n";
const END: &str = "# End of what `cargo xtask codegen` writes.\n";

/// The feature of a service's module.
pub(super) fn feature(service: &str) -> &str {
    GROUPS.iter().find(|(_, services)| services.contains(&service)).map_or(service, |(feature, _)| feature)
}

/// The features of all services.
pub(super) fn names<'a>(services: impl Iterator<Item = &'a String>) -> BTreeSet<&'a str> {
    services.map(|service| feature(service)).collect()
}

/// The manifest of the crate that has the types, with the features between the two comments.
pub(super) fn in_manifest<'a>(manifest: &str, services: impl Iterator<Item = &'a String>) -> Result<String, Error> {
    between(manifest, names(services), |feature| format!("{feature} = []\n"))
}

/// The manifest of the crate that people import, in which `cfn-glue` enables `glue` of the types.
pub(super) fn in_facade<'a>(manifest: &str, services: impl Iterator<Item = &'a String>) -> Result<String, Error> {
    between(manifest, names(services), |feature| format!("cfn-{feature} = [\"flagcdk-cfn/{feature}\"]\n"))
}

fn between(manifest: &str, names: BTreeSet<&str>, line: impl Fn(&str) -> String) -> Result<String, Error> {
    let (before, rest) = manifest.split_once(BEGIN).ok_or(Error::NoFeatures { wanted: BEGIN.trim() })?;
    let (_, after) = rest.split_once(END).ok_or(Error::NoFeatures { wanted: END.trim() })?;
    let by_hand = before.split_once("[features]").map_or("", |(_, features)| features);
    let got = names.len() + by_hand.lines().chain(after.lines()).filter(|line| line.contains(" = [")).count();
    if got > MOST {
        return Err(Error::TooManyFeatures { got, most: MOST });
    }
    let features: String = names.into_iter().map(line).collect();
    Ok(format!("{before}{BEGIN}{features}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_features_between_the_comments() {
        let services = ["sqs", "ivschat", "ivs", "sns"].map(str::to_owned);
        let manifest = format!("[features]\n{BEGIN}old = []\n{END}\n[after]\n");
        let expected = format!("[features]\n{BEGIN}ivs = []\nsns = []\nsqs = []\n{END}\n[after]\n");
        assert_eq!(in_manifest(&manifest, services.iter()).unwrap(), expected);
        let expected = "cfn-ivs = [\"flagcdk-cfn/ivs\"]\ncfn-sns = [\"flagcdk-cfn/sns\"]\n";
        assert!(in_facade(&manifest, services.iter()).unwrap().contains(expected));
        assert!(matches!(in_manifest("", services.iter()), Err(Error::NoFeatures { .. })));
        let many: Vec<String> = (0..=MOST).map(|number| format!("service{number}")).collect();
        assert!(matches!(in_manifest(&manifest, many.iter()), Err(Error::TooManyFeatures { got: 301, most: 300 })));
    }

    #[test]
    fn no_service_is_in_two_groups() {
        let all: Vec<&str> = GROUPS.iter().flat_map(|(_, services)| services.iter().copied()).collect();
        assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len());
    }
}
