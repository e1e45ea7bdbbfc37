"""What a researcher declares: read from the study's file, checked, and typed.

Input: a YAML file and the lists next to it. Output: `study.Study`, or a StudyFault that names every problem.
Sends no request and writes no file; only `templates` copies example studies into a new folder.
"""
