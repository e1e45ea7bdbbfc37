"""Checks of a study's folder and of this machine: what would break the study's terms, leak a secret, or stop a build.

Input: a folder, its study, the environment. Output: findings, each with its remedy. Changes nothing, sends no request.
"""
