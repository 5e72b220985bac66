const words = (text: string) => text.trim().split(/\s+/)

/** Every setting that ansible-core 2.19 has in the sections where netplay has some as well: what is not among them is misspelt. */
export const ansibleNames: Readonly<Record<string, readonly string[]>> = {
  defaults: words(`
    action_plugins action_warnings admin_users allow_broken_conditionals allow_embedded_templates allow_unsafe_lookups
    allow_world_readable_tmpfiles ansible_managed any_errors_fatal ask_pass ask_vault_pass async_dir become_password_file become_plugins
    bin_ansible_callbacks cache_plugins callback_format_pretty callback_plugins callback_result_format callbacks_enabled check_mode_markers
    cliconf_plugins collections_on_ansible_version_mismatch collections_path collections_scan_sys_path common_remote_group
    connection_password_file connection_plugins cow_selection cowpath cowsay_enabled_stencils debug deprecation_warnings devel_warning
    display_args_to_stdout display_failed_stderr display_ok_hosts display_skipped_hosts display_traceback doc_fragment_plugins docsite_root_url
    duplicate_dict_key editor enable_task_debugger error_on_missing_handler error_on_undefined_vars executable fact_caching
    fact_caching_connection fact_caching_prefix fact_caching_timeout facts_modules filter_plugins force_color force_handlers
    force_valid_group_names forks gathering hash_behaviour home host_key_checking httpapi_plugins inject_facts_as_vars internal_poll_interval
    interpreter_python invalid_task_attribute_failed inventory inventory_ignore_extensions inventory_ignore_patterns inventory_plugins
    jinja2_extensions jinja2_native keep_remote_files library local_tmp localhost_warning log_filter log_path log_verbosity lookup_plugins
    max_diff_size module_args module_compression module_ignore_exts module_name module_strict_utf8_response module_utils netconf_plugins
    network_group_modules no_log no_target_syslog nocolor nocows null_representation old_plugin_cache_clear pager pipelining playbook_dir
    playbook_vars_root plugin_filters_cfg poll_interval precedence private_key_file private_role_vars python_module_rlimit_nofile remote_port
    remote_tmp remote_user retry_files_enabled retry_files_save_path roles_path run_vars_plugins show_custom_stats show_per_host_start
    show_task_path_on_failure stdout_callback strategy strategy_plugins su syslog_facility system_tmpdirs system_warnings target_log_info
    task_debugger_ignore_errors task_timeout terminal_plugins test_plugins timeout transport use_persistent_connections
    validate_action_group_metadata vars_plugins vars_plugins_enabled vault_encrypt_identity vault_encrypt_salt vault_id_match vault_identity
    vault_identity_list vault_password_file verbose_to_stderr verbosity win_async_startup_timeout yaml_valid_extensions`),
  privilege_escalation: words(
    'agnostic_become_prompt become become_allow_same_user become_ask_pass become_exe become_flags become_method become_user',
  ),
  ssh_connection: words(`
    control_path control_path_dir host_key_checking password_mechanism pipelining pkcs11_provider retries scp_executable scp_extra_args
    sftp_batch_mode sftp_executable sftp_extra_args ssh_args ssh_common_args ssh_executable ssh_extra_args sshpass_prompt timeout
    transfer_method usetty verbosity`),
  connection: words('pipelining retries ssh_agent ssh_agent_executable ssh_agent_key_lifetime'),
  inventory: words(`
    any_unparsed_is_failed cache cache_connection cache_plugin cache_prefix cache_timeout enable_plugins export host_pattern_mismatch
    ignore_extensions ignore_patterns inventory_unparsed_warning unparsed_is_failed`),
  diff: words('always context'),
  tags: words('run skip'),
}

/** Sections of which netplay reads nothing. */
export const otherSections: readonly string[] = words(`
  DEFAULT callback_tree colors galaxy inventory_plugin_script inventory_plugin_yaml inventory_plugins jinja2 netconf_connection
  paramiko_connection persistent_connection powershell runas_become_plugin selinux su_become_plugin sudo_become_plugin url_lookup vars_host_group_vars winrm`)
