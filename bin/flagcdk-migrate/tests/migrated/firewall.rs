//! Written by `flagcdk migrate` from `firewall.yaml`.

use flagcdk::{App, Placement, Stack, cfn};

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let addresses = stack.add(
        "Addresses",
        cfn::wafv2::IPSet::new()
            .addresses(["10.0.0.0/8"])
            .ip_address_version(cfn::wafv2::ip_set::IPAddressVersion::IPV4)
            .scope(cfn::wafv2::ip_set::Scope::REGIONAL),
    );

    stack.add(
        "Acl",
        cfn::wafv2::WebACL::new()
            .default_action(
                cfn::wafv2::web_acl::DefaultAction::new()
                    .allow(cfn::wafv2::web_acl::AllowAction::new()),
            )
            .rules([
                cfn::wafv2::web_acl::Rule::new()
                    .action(
                        cfn::wafv2::web_acl::RuleAction::new()
                            .block(cfn::wafv2::web_acl::BlockAction::new()),
                    )
                    .name("away")
                    .priority(0)
                    .statement(
                        cfn::wafv2::web_acl::Statement::new()
                            .and_statement(
                                cfn::wafv2::web_acl::AndStatement::new()
                                    .statements([
                                        cfn::wafv2::web_acl::Statement::new()
                                            .not_statement(
                                                cfn::wafv2::web_acl::NotStatement::new()
                                                    .statement(
                                                        cfn::wafv2::web_acl::Statement::new()
                                                            .ip_set_reference_statement(
                                                                cfn::wafv2::web_acl::IPSetReferenceStatement::new()
                                                                    .arn(addresses.get(cfn::wafv2::IPSet::ARN)),
                                                            ),
                                                    ),
                                            ),
                                        cfn::wafv2::web_acl::Statement::new()
                                            .geo_match_statement(
                                                cfn::wafv2::web_acl::GeoMatchStatement::new()
                                                    .country_codes(["CH", "SE"]),
                                            ),
                                        cfn::wafv2::web_acl::Statement::new()
                                            .rate_based_statement(
                                                cfn::wafv2::web_acl::RateBasedStatement::new()
                                                    .aggregate_key_type(
                                                        cfn::wafv2::web_acl::AggregateKeyType::IP,
                                                    )
                                                    .limit(1000),
                                            ),
                                    ]),
                            ),
                    )
                    .visibility_config(
                        cfn::wafv2::web_acl::VisibilityConfig::new()
                            .cloud_watch_metrics_enabled(true)
                            .metric_name("away")
                            .sampled_requests_enabled(true),
                    ),
            ])
            .scope(cfn::wafv2::web_acl::Scope::REGIONAL)
            .visibility_config(
                cfn::wafv2::web_acl::VisibilityConfig::new()
                    .cloud_watch_metrics_enabled(true)
                    .metric_name("acl")
                    .sampled_requests_enabled(true),
            ),
    );

    stack
}
