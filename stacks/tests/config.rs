//! Every bad setting is found, says where it was given, and says what to do.

use flagcdk::{Finding, Region, Settings};
use flagcdk_stacks::{Config, Tier};

fn read(arguments: &[&str]) -> Result<Config, Vec<Finding>> {
    let mut settings = Settings::new();
    for argument in arguments {
        settings.set_argument(argument).expect("the argument has a key and a value");
    }
    Config::from_settings(&settings)
}

/// The settings give errors with these codes, and each says something and helps.
fn check(arguments: &[&str], expected: &[&str]) {
    let findings = match read(arguments) {
        Ok(config) => config.warnings,
        Err(findings) => findings,
    };
    let codes: Vec<&str> =
        findings.iter().filter(|finding| finding.is_error()).map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, expected, "{arguments:?}: {findings:#?}");
    for finding in findings {
        assert!(!finding.message.is_empty() && !finding.help.is_empty() && finding.message.len() < 400, "{finding:?}");
        assert!(!finding.message.contains(['\0', '\n']), "{finding:?}");
    }
}

#[test]
fn defaults_are_those_of_the_original() {
    let config = read(&[]).unwrap();
    assert_eq!(config, Config::new("dev"));
    assert_eq!(config.name_prefix(), "dev-feature-flags");
    assert_eq!((config.home_region, config.regions.len(), config.services.names().len()), (Region::US_EAST_1, 12, 156));
    assert_eq!((config.tier, config.multi_az, config.retention_days), (Tier::Development, false, 7));
    assert_eq!(config.all_tags()["ManagedBy"], "flagcdk");
    let production = read(&["environment=prod"]).unwrap();
    assert_eq!((production.tier, production.multi_az), (Tier::Production, true));
}

#[test]
fn environments() {
    let bad = &["config::environment"];
    for name in
        ["''", "-dev", "dev-", "Prod", "'prod '", "d", "../x", "dév", "1dev", "a_b", "aws", "aws-x", "'a\\u0000b'"]
    {
        let findings = read(&[&format!("environment={name}"), "tier=development"]).unwrap_err();
        let codes: Vec<_> = findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, bad, "{name}");
    }
    check(&[&format!("environment={}", "p".repeat(200))], bad);
    check(&[&format!("environment={}", "q".repeat(18))], bad);
    check(&[&format!("environment={}", "q".repeat(17))], &[]);
    check(&["environment=qa"], &[]);
    check(&["environment=a1-2"], &[]);
    check(&["environment=awsome"], &[]);
    for name in ["production", "preprod", "live-eu", "prd"] {
        check(&[&format!("environment={name}")], &["config::tier"]);
        check(&[&format!("environment={name}"), "tier=production"], &[]);
        check(&[&format!("environment={name}"), "tier=development"], &[]);
    }
    check(&["tier=large"], &["config::tier"]);
    check(&["environment=5"], &["settings::wrong-type"]);
    check(&["tier=production", "multi_az=false"], &["config::multi-az"]);
    check(&["multi_az=true"], &[]);
    check(&["multi_az=yes"], &["settings::wrong-type"]);
}

#[test]
fn regions() {
    check(&["regions=['us-east-1']"], &[]);
    check(&["regions=['eu-west-1']", "home_region=eu-west-1"], &[]);
    check(&["regions=[]"], &["config::no-regions"]);
    check(&["regions=['us-east-1', 'us-east-1']"], &["config::duplicate-region"]);
    check(&["regions=['us-east-1', 'mars-east-1']"], &["config::unknown-region"]);
    check(&["regions=['us-east-1', 'US-WEST-2', 'us-east-1a', ' eu-west-1', '']"], &["config::unknown-region"; 4]);
    check(&["regions=['eu-west-1']"], &["config::home-region"]);
    check(&["home_region=eu-west-3"], &["config::home-region"]);
    check(&["home_region=mars"], &["config::unknown-region"]);
    check(&["regions=['us-east-1', 'cn-north-1', 'us-gov-west-1']"], &["config::mixed-partitions"; 2]);
    check(&["regions='us-east-1'"], &["settings::wrong-type"]);
    check(&["regions=['us-east-1', 5]"], &["settings::wrong-type"]);
    let help = |name: &str| read(&[&format!("regions=['us-east-1', '{name}']")]).unwrap_err()[0].help.clone();
    assert_eq!(help("us-wset-2"), "did you mean `us-west-2`?");
    assert_eq!(help("eu-west-1b"), "that is an Availability Zone; write `eu-west-1`");
    assert_eq!(help(" EU-west-1"), "write `eu-west-1`, in lower case and without spaces");
}

#[test]
fn counts() {
    for count in ["1", "156", "250", "251", "1000"] {
        check(&[&format!("service_count={count}")], &[]);
    }
    for count in ["0", "-1", "1001", "1000000000"] {
        check(&[&format!("service_count={count}")], &["config::service-count"]);
    }
    for count in ["156.5", "'5'", "99999999999999999999", "many"] {
        check(&[&format!("service_count={count}")], &["settings::wrong-type"]);
    }
    check(&["business_rules_count=234"], &[]);
    for count in ["0", "233", "235"] {
        check(&[&format!("business_rules_count={count}")], &["config::business-rules"]);
    }
    check(&["fanout_shards=4"], &["config::fanout-shards"]);
}

#[test]
fn names_of_services() {
    let named = |names: &[&str]| format!("services={names:?}");
    check(&[&named(&["billing", "search", "a_b", "3scale"]), "fanout_shards=4"], &[]);
    check(&[&named(&["billing"]), "service_count=2"], &["config::service-count"]);
    check(&[&named(&["billing"]), "service_count=1"], &[]);
    check(&["services=[]"], &["config::service-count"]);
    for name in ["", "a b", "ü", "🚀", "a/b", "--", "a.b"] {
        check(&[&named(&["billing", name])], &["config::service-name"]);
    }
    // `qa-feature-flags-` is 17 of the 80 characters that a queue's name may have.
    check(&["environment=qa", &named(&[&"s".repeat(63)])], &[]);
    check(&["environment=qa", &named(&[&"s".repeat(64)])], &["config::service-name"]);
    for other in ["billing", "Billing", "bil-ling", "bill_ing", "BILLING_"] {
        check(&[&named(&["billing", other])], &["config::duplicate-service"]);
    }
    let findings = read(&[&named(&["a_b", "a-b"])]).unwrap_err();
    assert!(findings.iter().any(|finding| finding.message.contains("`a_b` and `a-b`")), "{findings:?}");

    let many: Vec<String> = (0..150).map(|number| format!("team{number}-api")).collect();
    let many = format!("services={many:?}");
    check(&[&many], &[]);
    check(&[&many, "fanout_shards=2"], &[]);
    check(&[&many, "fanout_shards=1"], &["config::fanout-shards"]);
    check(&[&many, "fanout_shards=0"], &["config::fanout-shards"]);
    check(&[&many, "fanout_shards=65"], &["config::fanout-shards"]);
    let unpinned = read(&[&many]).unwrap().warnings;
    assert_eq!(unpinned.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["config::unpinned-shards"]);
    let too_many: Vec<String> = (0..1001).map(|number| format!("team{number}")).collect();
    check(
        &[&format!("services={too_many:?}"), "fanout_shards=16"],
        &["config::service-count", "config::service-names"],
    );
    let long: Vec<String> = (0..80).map(|number| format!("{number}-{}", "s".repeat(45))).collect();
    check(&[&format!("services={long:?}"), "fanout_shards=16"], &["config::service-names"]);
}

#[test]
fn networks() {
    for cidr in [
        "10.0.0.0/33",
        "10.0.0.0/29",
        "10.0.0.0/15",
        "10.0.1.0/16",
        "8.8.0.0/16",
        "::1/16",
        "10.0.0.0",
        "10.0.0/16",
        "",
    ] {
        check(&[&format!("vpc_cidr='{cidr}'")], &["config::vpc-cidr"]);
    }
    check(&["vpc_cidr='172.16.0.0/16'"], &[]);
    assert_eq!(read(&["vpc_cidr='172.16.0.0/16'"]).unwrap().warnings[0].code, "config::equal-networks");
    assert_eq!(read(&["vpc_cidr='172.16.0.0/16'", "regions=['us-east-1']"]).unwrap().warnings, []);
    check(&["vpc_cidrs.us-east-1='172.16.0.0/16'"], &[]);
    check(&["vpc_cidrs.us-east-1='10.8.0.0/16'"], &["config::overlapping-networks"]);
    check(&["vpc_cidrs.eu-south-1='172.16.0.0/16'"], &["config::network-region"]);
    check(&["vpc_cidrs.mars='172.16.0.0/16'"], &["config::unknown-region"]);
    let config = read(&["vpc_cidrs.us-east-1='172.16.0.0/16'"]).unwrap();
    assert_eq!(config.vpc_cidr(Region::US_EAST_1).to_string(), "172.16.0.0/16");
    assert_eq!(config.vpc_cidr(Region::EU_WEST_1).to_string(), "10.8.0.0/16");
}

#[test]
fn everything_else() {
    check(&["tags.team=core", "tags={'cost:unit'='a b'}"], &[]);
    check(&["tags.Environment=x", "tags.Owner=x"], &["config::tag"; 2]);
    check(&["tags={'aws:x'='y'}"], &["config::tag"]);
    check(&["tags={'flagcdk:x'='y'}"], &["config::tag"]);
    check(&["tags={''='y'}"], &["config::tag"]);
    check(&["tags={'a*b'='y'}"], &["config::tag"]);
    check(&["tags.x=''"], &["config::tag"]);
    check(&["tags.x=5"], &["settings::wrong-type"]);
    check(&["tags=5"], &["settings::wrong-type"]);
    check(&[&format!("owner={}", "x".repeat(257))], &["config::tag"]);
    check(&["cost_center=' '"], &["config::tag"]);
    check(&["retention_days=30", "architecture=arm64"], &[]);
    check(&["retention_days=8"], &["config::retention-days"]);
    check(&["retention_days=-1"], &["config::retention-days"]);
    check(&["architecture=riscv"], &["config::architecture"]);
    check(&["alert_emails=['a@example.com', 'b@example.com']"], &[]);
    check(&["alert_emails=['nobody', 'a @example.com', '@example.com', 'a@b']"], &["config::alert-email"; 4]);
    check(&["alert_emails=['a@example.com', 'a@example.com']"], &["config::alert-email"]);
    check(&["serivce_count=5"], &["settings::unknown-key"]);
    assert_eq!(read(&["serivce_count=5"]).unwrap_err()[0].help, "did you mean `service_count`?");
}

#[test]
fn all_mistakes_are_found_at_once_and_where_they_were_made() {
    let text = "home_region = 'mars'\nregions = []\n[environments.qa]\nservice_count = 0\ntags.Owner = 'x'\n";
    let mut settings = Settings::from_toml(text, "flagcdk.toml", Some("qa")).unwrap();
    settings.set_argument("retention_days=8").unwrap();
    let findings = Config::from_settings(&settings).unwrap_err();
    let mut places: Vec<_> = findings.iter().map(|finding| finding.path.as_str()).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            "--set retention_days=8",
            "flagcdk.toml:1: home_region",
            "flagcdk.toml:2: regions",
            "flagcdk.toml:4: environments.qa.service_count",
            "flagcdk.toml:5: environments.qa.tags.Owner",
        ]
    );
}
